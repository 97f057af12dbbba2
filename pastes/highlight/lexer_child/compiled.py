"""What speaks for each compiled language: weights and patterns.

The rules that the patterns keep are in ``votes``.
"""

Rows = tuple[tuple[float, str], ...]

COMPILED: dict[str, Rows] = {
    "c": (
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
        (2, r"^\w[\w<>:* ]* [\w:]+::~?\w+\(|^class \w+( final)?( :|$|;)"),
        (5, r"\bstd::|^using namespace \w|^[ \t]*#include <[a-z_]+>$"),
        (3, r"\btemplate ?<|\bnullptr\b|\b(?:static|dynamic)_cast<|\bconst auto ?&"),
        (3, r"^[ \t]*(?:public|private|protected|signals):$|\b[A-Z]\w*::~?\w+\("),
        (2, r"\bcout\b|\bvirtual \w|\boverride\b|^namespace \w+|\bconst \w+ ?&"),
    ),
    "objective-c": (
        (5, r"^@(?:interface|implementation|property|protocol|end|import)\b|^#import "),
        (4, r"\bNS[A-Z]\w+|^[-+] ?\(\w+[ *]*\)\w+|@\"|\[\w+ \w+\]|\[\[\w+ \w+"),
    ),
    "csharp": (
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
        (5, r"\bfun (?:<\w+> )?[\w.]+\(|\bdata class \w|\bcompanion object\b"),
        (3, r"\bva[lr] \w+(?:: ?[A-Z]\w*\??)? = |\bva[lr] \w+: [A-Z]|\bwhen ?[({]"),
        (3, r"\bprintln\(|\?\.\w|\?: |\b(?:mutable)?(?:listOf|mapOf|setOf)\(|\bit\."),
        (2, r"^(?:package|import) [a-z][\w.*]+$|\boverride fun|\bsuspend fun"),
    ),
    "scala": (
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
        (5, r"^package \w+$|^func (?:\(\w+ \*?\w+\) )?\w+\(|^import \($|\bfmt\.[A-Z]"),
        (4, r"\w :?= range |\berr != nil\b|^[ \t]*defer |\bchan \w|\bgo func\("),
        (3, r"\b\w+(?:, \w+)? := |^type \w+ (?:struct|interface)\b|\bmake\(\w*[\[c]"),
        (1, r"\bnil\b|\b\[\]\w+\b|`json:\""),
    ),
    "rust": (
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
    "haskell": (
        (5, r"^\w+ ::(?: |$)|^module [A-Z][\w.]* |^import (?:qualified )?[A-Z][\w.]*"),
        (
            4,
            r"^(?:data|newtype|instance|class) [A-Z].* (?:=|where)|\bdo$|^[ \t]+where$",
        ),
        (2, r" <- | -> |\bmapM_ |\bputStrLn\b|<\$>|>>=| \. |^\w+ [\w ()]+ = "),
    ),
    "ocaml": (
        (4, r"^let (?:rec )?\w+[\w ()~:]* =|^[ \t]*\| .+ ->|\bmatch .+ with$"),
        (3, r";;$|\bPrintf\.|\bList\.\w| in$|\(\*|^(?:open|module) [A-Z]"),
    ),
    "erlang": (
        (6, r"^-(?:module|export|include|record|behaviour)\("),
        (3, r"->$|^[a-z]\w*\(.*\) (?:when .*)?->|\bio:format\("),
    ),
    "fortran": (
        (
            6,
            r"(?i)^[ \t]*(?:program|subroutine|module|implicit none|end (?:program|do|"
            r"if))\b",
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
}
