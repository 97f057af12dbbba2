"""What speaks for each compiled language: weights and patterns.

The rules that the patterns keep are in ``votes``.
"""

Rows = tuple[tuple[float, str], ...]

COMPILED: dict[str, Rows] = {
    "c": (
        (
            3,
            r"\b(?:exit|perror|fopen|fclose|scanf|str(?:len|cmp|n?cpy)|mem(?:set|cpy)|"
            r"calloc)\(",
        ),
        (
            2,
            r"'\\[0nrt]'| \|= | &= ~|\b0x[0-9A-Fa-f]+[);,]|\(\*\w+\)|\buint\d+_t\b|"
            r"^\#endif",
        ),
        (
            1,
            r"^[ \t]*(?:if|while|for|switch) ?\(.*\)(?: ?\{)?$|^[ \t]*\w+(?:\+\+|--);$",
        ),
        (2, r"\bf?printf \(|^[ \t]*case [A-Z_]+:$|^[ \t]*return [\w-]+;$"),
        (
            2,
            r"^[ \t]*(?:static|extern|struct|const|unsigned|void) [\w *]+[;=(,]|"
            r"\bchar \*",
        ),
        (4, r"^[ \t]*#[ \t]*(?:include|define|ifdef|ifndef|endif|undef|pragma)\b"),
        (3, r"^(?:static |const |extern |unsigned )*(?:int|void|char|size_t) \*?\w+\("),
        (2, r"\b(?:int|char|long|float|double|uint\d+_t|struct \w+) \**\w+ ?[=;,)\[]"),
        (2, r"\b\w+->\w+|\bNULL\b|\bsizeof\b|\bmalloc\(|\bprintf\(|\bfree\(|&\w+\["),
        (2, r"^(?:typedef |struct \w+ ?\{|enum \w+ ?\{)"),
    ),
    "cpp": (
        (
            3,
            r"\b[a-z_]\w*::\w+|\bconstexpr\b|\bnoexcept\b|\boperator[=<>+(\[-]|"
            r"\bauto [&*]?\w+ = ",
        ),
        (
            2,
            r"\bnew \w+[;(\[]|\bdelete \w|\bbool \w|\bthrow [\w:]+\(|>> ?\w+;|<< ?\"|"
            r"\w<\w+> \w+[;({]",
        ),
        (2, r"^\w[\w<>:* ]* [\w:]+::~?\w+\(|^class \w+( final)?( :|$|;)"),
        (5, r"\bstd::|^using namespace \w|^[ \t]*#include <[a-z_]+>$"),
        (3, r"\btemplate ?<|\bnullptr\b|\b(?:static|dynamic)_cast<|\bconst auto ?&"),
        (3, r"^[ \t]*(?:public|private|protected|signals):$|\b[A-Z]\w*::~?\w+\("),
        (2, r"\bcout\b|\bvirtual \w|\boverride\b|^namespace \w+|\bconst \w+ ?&"),
    ),
    "objective-c": (
        (3, r"^[-+] ?\(|\bself\.\w+ = |\bnonatomic\b|\[self \w+|\[\[?[A-Z]\w+ \w+"),
        (5, r"^@(?:interface|implementation|property|protocol|end|import)\b|^#import "),
        (4, r"\bNS[A-Z]\w+|^[-+] ?\(\w+[ *]*\)\w+|@\"|\[\w+ \w+\]|\[\[\w+ \w+"),
    ),
    "csharp": (
        (
            3,
            r"\bclass [A-Z]\w* : [A-Z]|\b[A-Z]\w*\.[A-Z]\w+\(|\.(?:Where|Select|"
            r"ToList|Add|ToString)\(",
        ),
        (
            4,
            r"^[ \t]*\[[A-Z]\w+(?:\(.*\))?\]$|^[ \t]*#(?:region|endregion|nullable)|"
            r"^[ \t]*/// <",
        ),
        (
            2,
            r"\b(?:string|bool|decimal)\??(?:\[\])? \w+|\bis (?:not )?null\b|"
            r"\bout var\b|\bsealed class|\brecord [A-Z]\w+\(|\bstatic class ",
        ),
        (3, r"\bforeach \(var |\(\$\"|\bnew [A-Z]\w+\(.*\)\.[A-Z]\w+"),
        (5, r"^[ \t]*using [A-Z][\w.]+;|^namespace [A-Z][\w.]+ ?[;{]?$|\{ get; "),
        (
            3,
            r"\bConsole\.\w+\(|\bstring\.\w+|\basync Task\b|\bIEnumerable<|"
            r"\bforeach ?\(",
        ),
        (
            2,
            r"^[ \t]*(?:public|private|internal|protected) [\w<>\[\]? ]+ [A-Z]\w*[ ({]",
        ),
        (2, r"\bvar \w+ = (?:new|await) |\?\?|\bnew\(\)|^[ \t]*\[[A-Z]\w+[\](]|=> \w"),
    ),
    "java": (
        (
            3,
            r"\bboolean \w|\bprivate static \w|\bpublic (?:static|final|abstract) \w|"
            r"\bnew \w+\[|\binstanceof [A-Z]|\bprivate final \w",
        ),
        (
            2,
            r"^[ \t]*@[A-Z]\w+(?:\(.*\))?$|\b[A-Z]\w*\.(?:get|parse|of|value)\w*\(|"
            r"\b[A-Z]\w*::\w+\b|\(\w+ -> ",
        ),
        (
            2,
            r"\b(?:class|interface|enum) [A-Z]\w*(?:<[\w, ?]{1,40}>)? \{|\.(?:get|set|"
            r"is)[A-Z]\w*\(",
        ),
        (5, r"^(?:package|import)(?: static)? [a-z][\w.]+(?:\.\*)?;|@Override\b"),
        (4, r"\bpublic static void main\(|\bSystem\.(?:out|err)\.|\bthrows [A-Z]"),
        (3, r"^[ \t]*(?:public|private|protected) [\w<>\[\], ]+ \w+ ?[(=;]"),
        (
            2,
            r"\bnew [A-Z]\w*(?:<>)?\(|\bfinal [A-Z]\w+|\bString\b|\b(?:List|Map)<[A-Z]",
        ),
        (2, r"\b(?:class|interface) [A-Z]\w* (?:extends|implements) |\bextends [A-Z]"),
    ),
    "kotlin": (
        (
            4,
            r"\blateinit var\b|\boverride (?:fun|val)\b|::class\b|\bobject : |"
            r"\binternal (?:fun|class|val|object)\b|\bsealed (?:class|interface) |"
            r"^[ \t]*fun `|\bby lazy\b",
        ),
        (
            3,
            r"^import [a-z]\w*(?:\.\w+){2,}$|^package [a-z]\w*(?:\.\w+)+$|"
            r"\bis [A-Z][\w.]+ ->|!!\.|\? = null\b",
        ),
        (
            2,
            r"^[ \t]*(?:private |public )?va[lr] \w+|\bit\.\w|\.(?:map|filter|let|"
            r"apply|also|use) \{|^[ \t]*[\w.]+ \{ \w+(?:, \w+)* ->$|\belse ->|"
            r"\bassertThat\(",
        ),
        (5, r"\bfun (?:<\w+> )?[\w.]+\(|\bdata class \w|\bcompanion object\b"),
        (3, r"\bva[lr] \w+(?:: ?[A-Z]\w*\??)? = |\bva[lr] \w+: [A-Z]|\bwhen ?[({]"),
        (3, r"\bprintln\(|\?\.\w|\?: |\b(?:mutable)?(?:listOf|mapOf|setOf)\(|\bit\."),
        (2, r"^(?:package|import) [a-z][\w.*]+$|\boverride fun|\bsuspend fun"),
    ),
    "scala": (
        (
            3,
            r"^import [\w.]+\._$|\.(?:groupBy|agg|orderBy|foreach|foldLeft|getOrElse|"
            r"toSeq)\(|\$\"| === |^[ \t]*\) (?:extends|=) |\w: => ",
        ),
        (
            4,
            r"\bobject [A-Z]\w*(?: extends [\w\[\]. ]+)? ?[{:]$|"
            r"\): ?[A-Z][\w.\[\]]* = |^[ \t]*case [A-Z]\w*\(.*\) +=>|"
            r"^import [\w.]+\.\{|\w\.\{[A-Z]\w+ ?=> ",
        ),
        (
            3,
            r"\b(?:Seq|Option|List|Map|Future|Array|Either)\[|\bUnit\b|\bextends [A-Z]"
            r"[\w.]*(?:\[.*\])? (?:with|\{)|\blazy val |\bprivate\[\w+\]|"
            r"\bs\"[^\n\"]*\$|\b_\.\w+",
        ),
        (
            2,
            r"^[ \t]*(?:private |protected |final |override |implicit )*(?:def|"
            r"val) \w+|\bmatch \{$|=>$|\(\w+ => ",
        ),
        (5, r"^[ \t]*(?:case class|object|sealed trait|trait) [A-Z]\w*|\bimplicit \w"),
        (
            4,
            r"^[ \t]*(?:override )?def \w+(?:\[\w+\])?[^\n={]{0,80}(?:: [A-Z][^\n={]"
            r"*)? = ",
        ),
        (3, r"\bva[lr] \w+(?:: [A-Z][\w\[\]]*)? = |^[ \t]*case .{1,60} =>|\bOption\["),
        (2, r"^import [\w.]+(?:\._|\.\{)|\bextends [A-Z]\w* with |\w\[[A-Z]\w*\]"),
    ),
    "go": (
        (
            3,
            r"\bfunc\(|\b(?:map\[\w+\]|\[\])\*?[\w.]+[{(,) ]|\binterface\{\}|"
            r"\*[a-z]\w*\.[A-Z]\w+|\b(?:http|strings|strconv|errors|log|os|context|"
            r"sync|time|json)\.[A-Z]\w+|\bstring, error\)",
        ),
        (
            2,
            r"\bnil\b|\bif .{1,60}; .{1,60} \{$|\bappend\(|\bpanic\(|"
            r"\blen\(\w+\) [<>=]|^\treturn [\w&.]+(?:, \w+)+$|\b[a-z]\w*\.[A-Z]\w*\(",
        ),
        (5, r"^package \w+$|^func (?:\(\w+ \*?\w+\) )?\w+\(|^import \($|\bfmt\.[A-Z]"),
        (4, r"\w :?= range |\berr != nil\b|^[ \t]*defer |\bchan \w|\bgo func\("),
        (3, r"\b\w+(?:, \w+)? := |^type \w+ (?:struct|interface)\b|\bmake\(\w*[\[c]"),
        (1, r"\bnil\b|\b\[\]\w+\b|`json:\""),
    ),
    "rust": (
        (
            3,
            r"\.await\b|\?;$|\b[a-z]\w*::[a-z]\w*::\w+|\bcrate::|\bwhile let |"
            r"\bif let (?:Some|Ok|Err)|\b(?:unwrap|expect|iter|into_iter|collect|"
            r"clone|to_string)\(|\bassert_eq!\(",
        ),
        (
            2,
            r"\b(?:u8|u16|u32|u64|usize|i32|i64|f64)\b|\bmut \w|<'[a-z_]+>|&'[a-z]|"
            r"^[ \t]*pub \w+:|\b(?:Some|None|Ok|Err|Vec|Box|Self)\b(?:::|[(<])",
        ),
        (
            5,
            r"\bfn \w+(?:<[^\n>]{1,40}>)?\(|\blet mut \w|"
            r"\bimpl(?:<\w+>)? [\w<> ]+ ?\{",
        ),
        (4, r"\bpub(?:\(crate\))? (?:fn|struct|mod|enum|use|const|trait)\b|#!?\[\w+"),
        (3, r"^[ \t]*(?:use [\w:]+(?:::\{|;)|mod \w+;)|-> (?:Result|Option|Self|&)"),
        (
            2,
            r"&mut |&self\b|\bmatch [\w.&]+ \{|\b(?:Some|Ok|Err)\(|\b[a-z]\w*!\(|"
            r"&str\b",
        ),
        (1, r"\blet \w+(?:: [^\n=]{1,30})? = |\.unwrap\(\)|=> \{?$|\w::\w"),
    ),
    "swift": (
        (
            3,
            r"\bfunc \w+\(|\b(?:override|private|public|static|mutating) func\b|"
            r"\bextension [A-Z]\w*(?:: [A-Z]\w*)? \{|: \[?[A-Z]\w*\]?[?!]$|"
            r"-> [A-Z\[]\w*\]?[?!]? \{$|\btry[?!] |\bdo \{$",
        ),
        (
            2,
            r"\bvar \w+: \[?[A-Z]|\bfor \w+ in .+ \{$|\bif .+ \{$|\b(?:case|"
            r"return) \.\w+|\w\(\w+: .+\)$|\w\?\.\w+",
        ),
        (5, r"\bfunc \w+(?:<\w+>)?\([^\n)]{0,80}\)(?: (?:throws|async))* ?(?:->|\{)"),
        (
            4,
            r"\bguard (?:let|var) \w|\bif let \w+ ?=|^import (?:Foundation|UIKit|"
            r"SwiftUI)",
        ),
        (3, r"\blet \w+(?:: [A-Z][\w\[\]:]*[?!]?)? = |\bvar \w+: [A-Z\[]\w*|@State\b"),
        (2, r"\binit\(|\bextension [A-Z]|\bprotocol [A-Z]|\bprint\(\"|\\\(\w|\bnil\b"),
        (2, r"^[ \t]*(?:struct|enum|final class|class) [A-Z]\w*: [A-Z]|\bcase \.\w"),
    ),
    "dart": (
        (
            4,
            r"\bFuture<\w|\bStream<\w|\bMap<String, dynamic>|\brequired \w|"
            r"\bextension \w+ on |\bfactory [A-Z]|^[ \t]*\.\.\w+|\bas String\b|"
            r"\bString\? \w|^part ['\"]|^library\b.*;$|^export '",
        ),
        (
            3,
            r"^[ \t]*(?:late )?final (?:\w+(?:<.+>)?\?? )?\w+(?: =|;)|\bexpect\(|"
            r"^[ \t]*(?:test|group|setUp)\(|'[^\n']*\$\w+|\bdynamic \w|\basync \{$",
        ),
        (
            2,
            r"^import '|\b(?:final|var|const) \w+ = |\bvoid \w+\(|\bbool \w|"
            r"\bString \w|\w\?\.\w|\?\? |\bthis\.\w+[,)]",
        ),
        (
            6,
            r"^import '(?:package|dart):|\bWidget build\(|"
            r"\bvoid main\(\) (?:async )?\{",
        ),
        (3, r"@override$|\bfinal [A-Z]?\w* ?\w+;|\bFuture<|\blate \w|\$\{?\w+\}?'"),
        (
            2,
            r"\bclass [A-Z]\w* extends |\bconst [A-Z]\w+\(|\brequired this\.|"
            r"\bprint\('",
        ),
    ),
    "fortran": (
        (
            6,
            r"(?i)^[ \t]*(?:program \w+$|subroutine \w|implicit none|end ?(?:program|"
            r"do|subroutine|module)\b|module \w+$|use \w+, ?only)|^[ \t]*call \w+ ?\(|"
            r"\.(?:true|false|and|eq|gt)\.",
        ),
        (
            4,
            r"(?i)^[ \t]*(?:real|integer|character|logical)(?:\([\w=*]+\))?.* ::|"
            r"\bwrite\(\*",
        ),
    ),
    "zig": (
        (6, r"@import\(\"|\bpub fn \w+\(.*\) !?\w|\bcomptime\b"),
        (3, r"\bconst \w+ = @|\btry \w|\|\w+\| \{|\.\{"),
    ),
    "d": (
        (
            5,
            r"^import std\.|^module [\w.]+;|\bwriteln\(|\bunittest\b|\bimmutable\b|"
            r"\bforeach \(\w+(?:, \w+)?; ",
        ),
        (2, r"\bauto \w+ = |\w!\(|\w!\w+\(|\bsize_t\b|\bcast\("),
    ),
    "delphi": (
        (
            5,
            r"(?i)^[ \t]*(?:procedure|function|constructor|"
            r"destructor) [\w.]+(?:\([^\n)]*\))?(?: ?: ?\w+)?;|^unit [\w.]+;|"
            r"^program \w+;",
        ),
        (
            3,
            r"(?i)^[ \t]*(?:begin|end;|end\.|try|finally|repeat|uses|var|"
            r"implementation|\{\$.*\})$|\w := ",
        ),
        (
            3,
            r"\b(?:WriteLn|ReadLn|ShowMessage|IntToStr|FreeAndNil|Inc|Assigned)\(|"
            r"\bT[A-Z]\w+\b\.|: (?:Integer|String|Boolean|TObject|TStringList);",
        ),
    ),
    "nasm": (
        (
            5,
            r"(?i)^[ \t]*(?:section|segment) \.|^[ \t]*(?:global|extern) \w|"
            r"^[ \t]*\w+:? +(?:db|dw|dd|equ|resb|times) ",
        ),
        (
            3,
            r"(?i)^[ \t]*(?:mov|push|pop|call|jmp|xor|add|sub|lea|cmp|int|je|jne|jz|"
            r"jnz|inc|dec|test)[ \t]+[\w\[]",
        ),
        (2, r"(?i)\b[re]?[abcd]x\b|\b[re][sdb][ip]\b|^[ \t]*(?:ret|syscall)$"),
    ),
    "gas": (
        (
            4,
            r"^[ \t]*\.(?:text|globl|global|type|size|section|p2?align|cfi_\w+|file|"
            r"data|bss|string|asciz|long|quad|word|byte)\b",
        ),
        (
            4,
            r"%[er][a-ds][xip]\b|%r\d+|^[ \t]*(?:pushq|movq|movl|popq|leaq|addl|subq|"
            r"imull|callq?|cmpl|retq?)\b|^\.L\w+:",
        ),
    ),
    "solidity": (
        (
            6,
            r"^(?:abstract )?(?:contract|library) \w+|\bfunction \w+\(.*\) (?:public|"
            r"external|internal|view|pure)|\bmapping ?\(|\bmsg\.sender\b|"
            r"^pragma solidity",
        ),
        (3, r"\buint(?:256)?\b|\baddress \w|\bemit [A-Z]|\brequire\("),
    ),
    "vbnet": (
        (
            5,
            r"(?i)^[ \t]*(?:end (?:sub|function|class|module|property)|"
            r"imports [\w.]+)$|^[ \t]*(?:(?:public|private|friend|protected|shared|"
            r"overrides) )*(?:sub|function|property) \w+ ?\(|\bhandles \w+\.\w|"
            r"^[ \t]*option explicit",
        ),
        (
            4,
            r"(?i)^[ \t]*dim \w+|\bas (?:integer|string|object|long|new|boolean|"
            r"double|worksheet)\b|\bbyval\b",
        ),
        (
            2,
            r"\bThen$|^[ \t]*(?:End If|Next|Else|ElseIf .*|For Each .*|Set \w+ = .*|"
            r"Loop)(?: \w+)?$|\bMsgBox\b|\bMe\.|<>|\bNothing\b",
        ),
    ),
    "verilog": (
        (
            6,
            r"^[ \t]*(?:endmodule|always ?@|always_ff|always_comb|initial begin|"
            r"assign \w|`timescale|`include)|^module \w+",
        ),
        (
            4,
            r"^[ \t]*(?:input|output|inout|reg|wire|logic|parameter|"
            r"localparam)\b.*[,;)]?$|\b\d+'[bhdo][\da-fA-FxzXZ_]+|\bposedge \w|"
            r"\bnegedge \w",
        ),
        (2, r"\w <= .+;$|^[ \t]*end(?:case)?$|\bbegin$|\[\d+:\d+\]"),
    ),
    "vhdl": (
        (
            6,
            r"(?i)^[ \t]*(?:library ieee|use ieee\.|entity \w+ is|architecture \w+ of|"
            r"end (?:entity|architecture|process|component))|\bstd_logic\w*|"
            r"\brising_edge\(",
        ),
        (3, r"(?i)^[ \t]*signal \w+|\w <= .+;$|\bport ?(?:map)? ?\(|\bdownto\b"),
    ),
}
