"""What speaks for each scripting and functional language: weights and patterns.

The rules that the patterns keep are in ``votes``.
"""

Rows = tuple[tuple[float, str], ...]

SCRIPTED: dict[str, Rows] = {
    "python": (
        (3, r"\bprint\(f[\"']| for \w+ in \w.{0,60}[\])]"),
        (4, r"^[ \t]*(?:async )?(?:def|class) \w+[^\n{};]{0,120}:[ \t]*(?:#.*)?$"),
        (3, r"^[ \t]*(?:from [\w.]+ import [\w(*]|import [\w.]+(?: as \w+)?[ \t]*$)"),
        (3, r"^[ \t]*(?:if|elif|for|while|with|try|except|else|finally)\b[^\n{};]*:$"),
        (2, r"\bself\.|\bNone\b|\belif\b|\b__\w+__\b|\bTrue\b|\bFalse\b| not in "),
        (2, r"\bprint\(|\blen\(|\brange\(|\bf\"|\blambda \w+[,:]| for \w+ in .+[\])]"),
        (1, r"^[ \t]*(?:raise|yield|return|assert) |^[ \t]*@\w+|\bexcept \w+"),
    ),
    "javascript": (
        (3, r"\b(?:const|let|var) [\w${}\[\], ]+ ?=[^\n=]|\bfunction ?\*? ?\w*\("),
        (3, r"\brequire\(['\"]|\bmodule\.exports\b|\bexport (?:default|const|async)\b"),
        (3, r"^import [\w{}*, ]+ from ['\"]|^export \{"),
        (2, r" [!=]== |\bconsole\.\w+\(|\bdocument\.\w+|\btypeof |\bwindow\.|\$\("),
        (2, r"\) ?=> ?[{(\w]|\b\w+ => |\bawait \w|\bnew Promise\(|\bundefined\b"),
        (1, r"[;{]$|^\}\);?$|\.(?:then|map|filter|forEach)\("),
    ),
    "typescript": (
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
        (6, r"\buse(?:State|Effect|Ref|Memo)<|\bReact\.(?:FC|Node)\b"),
        (4, r"\bclassName=|\bJSX\.Element\b|\breturn \(?<\w"),
    ),
    "ruby": (
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
            4,
            r"\blocal (?:function )?\w+|\bfunction [\w.:]*\([^\n)]*\)[ \t]*(?:$|--|"
            r"return)",
        ),
        (3, r"\bthen$|\bnil\b|^[ \t]*end[,)]*$|~=|\bipairs\(|\bpairs\(|\belseif\b"),
        (2, r"^[ \t]*--[\[ ]|\w \.\. |\brequire ?[('\"]|\bdo$"),
    ),
    "bash": (
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
    "elixir": (
        (5, r"^[ \t]*defmodule [A-Z]|^[ \t]*defp? \w+[?!]?.* do$|\|> "),
        (
            3,
            r"^[ \t]*(?:alias|use|import) [A-Z]|@(?:doc|spec|moduledoc)\b|%\{|\bIO\.|"
            r", do:",
        ),
        (1, r"^[ \t]*end$|:\w+[,}]|->$"),
    ),
    "clojure": (
        (6, r"\((?:ns|defn-?|def|defmacro|let) [\w\[-]"),
        (3, r"\(:\w+ |\(->>? |\[\w+ &? ?\w*\]|\(:require\b|#\(|^[ \t]+\[[\w.-]+ :as"),
    ),
    "lisp": (
        (6, r"\((?:defun|defmacro|defvar|defparameter|setq|setf|defpackage|loop) "),
        (2, r"\((?:let\*?|format|lambda|if|cond) |^;;"),
    ),
    "emacs-lisp": (
        (6, r"\((?:defcustom|interactive|provide '|require '|add-hook|use-package)\b"),
        (3, r"\(defun [\w-]+-|\(setq [\w-]+|-hook\b|\(kbd "),
    ),
    "tcl": (
        (5, r"^[ \t]*(?:proc [\w:]+ \{|package require |namespace eval )"),
        (
            3,
            r"^[ \t]*set \w+ [\[\"${\w]|\[\w+ \$|\[(?:lindex|llength|string) |"
            r"^[ \t]*\} else",
        ),
    ),
    "scheme": (
        (6, r"\(define \(?[\w-]|\(lambda \("),
        (2, r"\((?:let\*?|cond|if|car|cdr|display) "),
    ),
    "r": (
        (4, r"\b[\w.]+ <- |^library\(|\bfunction\([\w., =]*\) ?\{|%>%|\|>$"),
        (
            3,
            r"\b(?:data\.frame|ggplot|aes|c|paste0?|mean|summary)\(|\w\$\w+\b|\bTRUE\b",
        ),
    ),
    "julia": (
        (5, r"^[ \t]*function \w+!?\(.*\)(?:::\w+)?$|^using [A-Z]\w+|\bprintln\(\""),
        (
            3,
            r"^[ \t]*end$|\w::[A-Z]\w+|\.\+|\.\*|^[ \t]*for \w+ (?:in|=) .+$|"
            r"^struct [A-Z]",
        ),
    ),
    "matlab": (
        (5, r"^function (?:\[?[\w, ]+\]? = )?\w+\(|^[ \t]*%+ |\bdisp\(|\bfprintf\('"),
        (3, r"^[ \t]*end;?$|\b(?:zeros|ones|linspace|plot|figure|size)\(|\.[*/^]"),
    ),
    "vim": (
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
        (2, r"^[ \t]*\""),
    ),
}
