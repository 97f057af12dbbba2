"""What speaks for each scripting language: weights and patterns.

The rules that the patterns keep are in ``votes``.
"""

Rows = tuple[tuple[float, str], ...]

SCRIPTED: dict[str, Rows] = {
    "python": (
        (4, r"^[A-Z_]+ = [\[{(]$"),
        (
            3,
            r"^[A-Z_]+ = [\[{(]$|\bpd\.|\bnp\.|\bplt\.|\bdf\[|\bos\.(?:environ|path)\b"
            r"|\bsys\.argv|\bis (?:not )?None\b|\bif __name__ ==",
        ),
        (
            2,
            r"\(\w+=[\w\"']|, \w+=(?:True|False|None|[\"'\w\[(])|\"\"\"|"
            r"\w\[[\w-]*:[\w-]*\]|\binput\(|\.(?:append|items|strip|join|format)\(",
        ),
        (3, r"\bprint\(f[\"']| for \w+ in \w.{0,60}[\])]"),
        (4, r"^[ \t]*(?:async )?(?:def|class) \w+[^\n{};]{0,120}:[ \t]*(?:#.*)?$"),
        (
            3,
            r"^[ \t]*(?:from [\w.]+ import [\w(*]|"
            r"import (?:\w+\.)*[a-z_]\w*(?: as \w+)?$)",
        ),
        (3, r"^[ \t]*(?:if|elif|for|while|with|try|except|else|finally)\b[^\n{};]*:$"),
        (2, r"\bself\.|\bNone\b|\belif\b|\b__\w+__\b|\bTrue\b|\bFalse\b| not in "),
        (2, r"\bprint\(|\blen\(|\brange\(|\bf\"|\blambda \w+[,:]| for \w+ in .+[\])]"),
        (1, r"^[ \t]*(?:raise|yield|return|assert) |^[ \t]*@\w+|\bexcept \w+"),
    ),
    "javascript": (
        (
            4,
            r"^(?:const|let|var) \w+ = require\(|^module\.exports = |"
            r"^[\"']use strict[\"']|\basync (?:function|\()|\bexport (?:class|"
            r"function|const)\b|^[ \t]*(?:describe|it|test)\(['\"]",
        ),
        (
            2,
            r"\bfor \((?:let|const|var) |\.\.\.\w|\?\? |\bthis\.\w+|\?\.\w|"
            r"^[ \t]*#\w+(?:\(| = )|\bconst \{|`[^\n`]*\$\{|\bnew (?:Map|Set|Error|"
            r"Date)\(|\bcatch \(\w+\) \{",
        ),
        (
            2,
            r"\bMath\.\w+|\bJSON\.\w+|\bArray\.|\bObject\.\w+\(|\bset(?:Timeout|"
            r"Interval)\(|\.addEventListener\(|\.length\b|\bfunction ?\(",
        ),
        (3, r"\b(?:const|let|var) [\w${}\[\], ]+ ?=[^\n=]|\bfunction ?\*? ?\w*\("),
        (3, r"\brequire\(['\"]|\bmodule\.exports\b|\bexport (?:default|const|async)\b"),
        (3, r"^import [\w{}*, ]+ from ['\"]|^export \{"),
        (2, r" [!=]== |\bconsole\.\w+\(|\bdocument\.\w+|\btypeof |\bwindow\.|\$\("),
        (2, r"\) ?=> ?[{(\w]|\b\w+ => |\bawait \w|\bnew Promise\(|\bundefined\b"),
        (1, r"[;{]$|^\}\);?$|\.(?:then|map|filter|forEach)\("),
    ),
    "typescript": (
        (
            3,
            r"\b\w+\??: (?:[A-Z]\w*(?:<.+>)?(?:\[\])?|string|number|boolean|unknown|"
            r"any|never)(?:;|,$|\) ?[:{=]|\) =>| \||$)|\bas (?:unknown|string|any|"
            r"[A-Z]\w+)[;,)]",
        ),
        (
            3,
            r"^export type |^[ \t]*(?:export )?(?:abstract |declare )?enum \w+ \{|"
            r"\bz\.(?:infer|input|output)<|\w!\.\w|\bexpectTypeOf\b|\bsatisfies [A-Z]|"
            r"\(\w+: \w+|@ts-\w|^import \* as \w+ from .*;$|<typeof \w",
        ),
        (
            4,
            r"^[ \t]*(?:export )?(?:declare )?(?:interface \w+|"
            r"type \w+[^\n=]{0,40} =)",
        ),
        (4, r"[\w?)\]]: ?(?:string|number|boolean|any|void)(?:\[\])?(?:[;,)]| [=|{&])"),
        (3, r"[\w?)]: ?(?:Promise|Record|Array|Map|Partial|Observable)<"),
        (2, r"\b(?:private|public|protected|readonly) \w+[:(?]|\bas (?:const|any)\b"),
        (2, r"^import type |\bimplements \w+|\bkeyof \w|\w<\w+(?:\[\])?>\("),
    ),
    "jsx": (
        (5, r"\breturn \(?[ \t]*<\w|=> \(?<\w|^[ \t]*<[A-Z]\w*(?: |/?>)"),
        (4, r"\bclassName=|\bon[A-Z]\w+=\{|\buse(?:State|Effect|Ref|Memo)\("),
        (2, r"from ['\"]react['\"]|>\{\w"),
    ),
    "tsx": (
        (3, r"\buse(?:State|Effect|Ref|Memo)\(|^[ \t]*<[A-Z]\w*(?: |/?>)|=> \(?<\w"),
        (6, r"\buse(?:State|Effect|Ref|Memo)<|\bReact\.(?:FC|Node)\b"),
        (2, r"\bclassName=|\bJSX\.Element\b|\breturn \(?<\w"),
    ),
    "ruby": (
        (
            4,
            r"^[ \t]*(?:describe|context|it|let|before|after|expect|"
            r"subject)\b.* (?:do|\{.*\})$|\.each do \||\.(?:nil|empty|any|include|key|"
            r"present)\?|^[ \t]*(?:before_action|has_many|belongs_to|validates|"
            r"include|extend) [:A-Z]",
        ),
        (
            2,
            r"^[ \t]*@\w+ \|?\|?= |\bself\.\w+\b|%[wi][\[(]|^[ \t]*(?:rescue|"
            r"ensure)\b|\braise [A-Z]\w+|\bend$|\w: :\w|\bdo$|^[ \t]*(?:private|"
            r"protected)$",
        ),
        (
            4,
            r"^[ \t]*def (?:self\.)?\w+[?!]?(?:\([^\n):]*\))?$|"
            r"^[ \t]*module [A-Z]\w*$",
        ),
        (
            4,
            r"^[ \t]*(?:require(?:_relative)? ['\"]|attr_\w+ :|class [A-Z]\w*(?: <|$))",
        ),
        (3, r"\bdo \|\w|\{ ?\|\w|\.each\b|\bunless \w|\belsif\b|\bputs\b|\.nil\?"),
        (2, r"^[ \t]*end$|:\w+ => |, \w+: :\w|#\{\w|^[ \t]*\w+ :\w+|&:\w"),
        (1, r"(?:^|[ (])@\w+|\bnil\b|\brescue\b"),
    ),
    "perl": (
        (
            3,
            r"\$self\b|[@%$]\$\w|@\{ ?\$|\bunless \(|\belsif \(|\bq[qwr]?[({/|]|"
            r"\b(?:defined|exists) [$\w]|\bkeys %|\bpush @|\bscalar [(@]|"
            r"\breturn <<'END'|\$[1-9]\b|\bbless\b",
        ),
        (
            2,
            r"^[ \t]*(?:if|while|foreach|for) (?:my \$\w+ )?\(.*[$@%]\w|"
            r"^[ \t]*\$\w+ [=.]{1,2} .*;$|^1;$|^__(?:END|DATA)__$|^[ \t]*use [A-Z]\w+|"
            r"\bprint \$?\w",
        ),
        (5, r"^=(?:head\d|cut|over|item|back|pod|encoding)\b"),
        (
            5,
            r"\b(?:my|our|local) [$@%(]|^use (?:strict|warnings|utf8|v?5)|"
            r"^package [\w:]+;",
        ),
        (4, r"^[ \t]*sub \w+ ?\{|=~ ?[ms/]|\bshift(?:;| @_)|@_\b|\$_\b|\bqw[(/ ]"),
        (2, r"\$\w+->[\[{]|[$@%]\{\$?\w|\bforeach my |\bprint \"|\bdie \"|\bchomp\b"),
    ),
    "php": (
        (
            4,
            r"\b(?:public|protected|private)(?: static)? function \w|\$this\b|"
            r"\w'\] ?[;)=]|\b__\( ?'|\badd_(?:action|filter)\(|^[ \t]*\* @(?:param|"
            r"return|var) [\w\\|]+ \$",
        ),
        (
            3,
            r"['\"] \. \$?\w|\$\w+ \. ['\"]|'\w+' +=> |\bself::|"
            r"\bnew \\?[A-Z]\w*(?:\\\w+)*\(|\b[A-Z]\w+::\w+\(\)?->|"
            r"^[ \t]*\}? ?(?:else)?if \(.*\$\w+|\breturn \$\w+",
        ),
        (9, r"<\?php\b|<\?= "),
        (
            4,
            r"\$this->\w|\$\w+->\w+\(|\bpublic (?:static )?function \w|"
            r"^use \w+\\[\w\\]+;",
        ),
        (
            3,
            r"^[ \t]*\$\w+ = .+;$|\becho [$\"']|\bfunction \w+\([^\n)]{0,40}\$|"
            r"\bforeach \(",
        ),
        (2, r"\barray\(|^namespace \w[\w\\]*;|\$_(?:GET|POST|SERVER)\b|\bisset\("),
    ),
    "lua": (
        (
            3,
            r"^[ \t]*local \w+(?:, \w+)* = |\bstring\.\w+\(|\btable\.\w+\(|\w:\w+\(|"
            r"^[ \t]*function [\w.:]+\(|\bend\)$|^return \w+$",
        ),
        (
            4,
            r"\blocal (?:function )?\w+|\bfunction [\w.:]*\([^\n)]*\)[ \t]*(?:$|--|"
            r"return)",
        ),
        (3, r"\bthen$|\bnil\b|^[ \t]*end[,)]*$|~=|\bipairs\(|\bpairs\(|\belseif\b"),
        (2, r"^[ \t]*--[\[ ]|\w \.\. |\brequire ?[('\"]|\bdo$"),
    ),
    "bash": (
        (
            3,
            r"^[ \t]*(?:elif|if|while) .*; (?:then|do)$|\[\[ .* \]\]|\$\(\(|"
            r"\b\$[1-9@*#?]|<<-? ?['\"]?EOF|^[ \t]*(?:local|declare|readonly) \w+=|"
            r"^[ \t]*\w+=\$\(?|\bprintf ['\"]",
        ),
        (4, r"; then$|^[ \t]*(?:fi|done|esac|then)\b|;;$|^[ \t]*(?:if|while) \[|; do$"),
        (3, r"^[ \t]*(?:export \w+=|echo [-\"'$\w]|set -[a-z]|source \S|function \w+)"),
        (
            3,
            r"^[ \t]*(?:sudo|apt(?:-get)?|cd|mkdir|rm|cp|mv|curl|chmod|grep|sed|"
            r"git) [-\w$~/.]",
        ),
        (
            2,
            r"\$\{\w+|\$\(\w|\"\$\w+\"|\"\$@\"|>&2|2>|/dev/null|^\w+\(\) ?\{| \|\| |"
            r" && ",
        ),
        (2, r"^[A-Z_]+=[\"$\w/]|\| ?(?:grep|awk|sed|xargs|sort|head|tee)\b| \\$"),
    ),
    "powershell": (
        (
            3,
            r"\[[\w.]+\]::\w+|^[ \t]*(?:\} ?)?(?:if|foreach|elseif|while) ?\([$(!-]|"
            r"\s-\w+ \$|@\{$|\bShould -|^[ \t]*(?:Describe|Context|It) \"|\$(?:true|"
            r"false|null|PSScriptRoot|PSCmdlet)\b|\| ?(?:Where|Select|Sort|Out|Format|"
            r"Measure)-",
        ),
        (
            2,
            r"^[ \t]*function [A-Z]\w*-?\w*|^[ \t]*\$\w+(?:\.\w+)* = |-(?:Path|Name|"
            r"Filter|ErrorAction|Type)\b",
        ),
        (5, r"\b(?:Get|Set|New|Remove|Write|Import|Add|Invoke|Start|Test)-[A-Z]\w+"),
        (
            4,
            r"^[ \t]*param ?\($|\[(?:string|int|switch|Parameter|CmdletBinding)\b|"
            r"\$env:",
        ),
        (
            3,
            r"\$\w+ = |\$_\.\w| -(?:eq|ne|gt|lt|like|match|and|or|not) |"
            r"\bForEach-Object",
        ),
    ),
    "batch": (
        (6, r"(?i)^@echo off\b|^[ \t]*(?:rem|setlocal|endlocal)\b|^goto :?\w|^exit /b"),
        (4, r"(?i)%~?\w+%|%~\w?\d|^[ \t]*set (?:/[ap] )?\"?\w+=|^if (?:not )?exist "),
        (
            2,
            r"(?i)^:\w+$|^[ \t]*(?:echo|call|pause|del|copy|xcopy)\b|%%\w| (?:equ|"
            r"neq) ",
        ),
    ),
    "tcl": (
        (
            4,
            r"^[ \t]*(?:proc|foreach|while|if|switch) .*\{$|^[ \t]*(?:lappend|"
            r"variable|global|incr|catch|upvar|array set|bind|package (?:ifneeded|"
            r"provide)) |\[(?:list|info|expr|file|winfo|format) |\$::\w|::\w+::\w+",
        ),
        (5, r"^[ \t]*(?:proc [\w:]+ \{|package require |namespace eval )"),
        (
            3,
            r"^[ \t]*set \w+ [\[\"${\w]|\[\w+ \$|\[(?:lindex|llength|string) |"
            r"^[ \t]*\} else",
        ),
    ),
    "vim": (
        (
            3,
            r"^[ \t]*(?:let [\w:&]+ ?=|if &\w|if exists|command! |func(?:tion)?! ?|"
            r"silent! |exe(?:cute)? [\"']|set [a-z]+[&+^-]?=?|an |menu |map |unmap |"
            r"loadkeymap)",
        ),
        (
            4,
            r"^[ \t]*(?:endif|finish|function! \w.*|if (?:exists|has)\(.*|"
            r"call \w+\(.*)$",
        ),
        (
            4,
            r"^[ \t]*(?:syn (?:match|keyword|region)|hi (?:def )?link|endfunction|"
            r"unlet) ?",
        ),
        (
            5,
            r"^[ \t]*(?:nnoremap|inoremap|vnoremap|nmap|augroup|autocmd|syntax on|"
            r"colorscheme)\b",
        ),
        (4, r"^[ \t]*set (?:no)?\w+(?:=\S+)?$|^[ \t]*let [gbsl]:\w|^Plug '"),
        (2, r"^[ \t]*\" \w"),
    ),
    "awk": (
        (6, r"^(?:BEGIN|END) ?\{|^[ \t]*/[^\n/]+/ ?\{"),
        (
            3,
            r"\$NF\b|\bNR\b ?[=<>%]|\bgsub\(|\bprintf? .*\$\d|\bsubstr\(\$|"
            r"\bsplit\(\$\d",
        ),
    ),
    "coffeescript": (
        (
            5,
            r"^[ \t]*@?[\w.]+ ?[=:] ?(?:\(.*\) ?)?[-=]>$|"
            r"^class \w+(?: extends [\w.]+)?$|\([^\n)]*\) [-=]>(?: \w|$)",
        ),
        (
            3,
            r"\brequire '|\bunless \w|\bisnt \w|\b\w+\?\.\w|^[ \t]*###$|\bwhen '|"
            r"[( ]@\w+\b",
        ),
    ),
    "crystal": (
        (
            5,
            r"\b(?:property|getter) \w+ : |^[ \t]*def \w+\(.*: [A-Z]|\b(?:Int32|Int64|"
            r"UInt8|Float64|Nil)\b|^require \"spec\"|^[ \t]*macro \w|\bas\([A-Z]|"
            r"\.should (?:eq|be)",
        ),
    ),
    "groovy": (
        (
            5,
            r"^[ \t]*(?:(?:test)?(?:I|i)mplementation|api|(?:test)?[Cc]ompile|"
            r"classpath|apply plugin:|id) ?\(?['\"]|^(?:plugins|dependencies|"
            r"repositories|buildscript|allprojects|subprojects|pipeline|android) ?\{",
        ),
        (
            4,
            r"^[ \t]*(?:stages?(?:\('.*'\))?|steps|agent|environment|post) ?(?:\{|"
            r"any)|^[ \t]*sh ['\"]|\bdef \w+ = |^[ \t]*task \w+|"
            r"^[ \t]*mavenCentral\(\)",
        ),
        (
            2,
            r"^[ \t]*println |\.each ?\{|^[ \t]*\w+ '[^\n']*'$|^[ \t]*\w+ = '[^\n']*'$",
        ),
    ),
}
