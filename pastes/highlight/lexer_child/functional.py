"""What speaks for each functional or numerical language: weights and patterns.

The rules that the patterns keep are in ``votes``.
"""

Rows = tuple[tuple[float, str], ...]

FUNCTIONAL: dict[str, Rows] = {
    "clojure": (
        (
            4,
            r"\((?:defn-? \w|fn \[|atom |swap! |doseq \[|println |let \[|when |cond|if"
            r"-let |str/)|^[ \t]*;; .*\(def",
        ),
        (6, r"\((?:ns|defn-?|def|defmacro|let) [\w\[-]"),
        (3, r"\(:\w+ |\(->>? |\[\w+ &? ?\w*\]|\(:require\b|#\(|^[ \t]+\[[\w.-]+ :as"),
    ),
    "elixir": (
        (
            4,
            r"\bfn .{1,40} ->|\b(?:Enum|String|Stream|GenServer|Map|IO)\.\w+|"
            r"^[ \t]*\{:\w+, .* ->|\bdef(?:p|module|struct|impl|delegate|"
            r"macro)? .* do$",
        ),
        (5, r"^[ \t]*defmodule [A-Z]|^[ \t]*defp? \w+[?!]?.* do$|\|> "),
        (
            3,
            r"^[ \t]*(?:alias|use|import) [A-Z]|@(?:doc|spec|moduledoc)\b|%\{|\bIO\.|"
            r", do:",
        ),
        (1, r"^[ \t]*end$|:\w+[,}]|->$"),
    ),
    "elm": (
        (
            6,
            r"^(?:port )?module [\w.]+ exposing|^import [A-Z][\w.]* exposing|"
            r"^type alias |\bHtml [Mm]sg\b|\bCmd [Mm]sg\b",
        ),
        (3, r"^[ \t]*[,{] \w+ = |\b<\||\|> "),
    ),
    "emacs-lisp": (
        (
            4,
            r"\((?:global-set-key|add-to-list|defgroup|setq-default|"
            r"with-current-buffer|save-excursion|interactive|use-package|"
            r"package-initialize)\b|'\w+-(?:mode|hook)\b|^;;; ",
        ),
        (6, r"\((?:defcustom|interactive|provide '|require '|add-hook|use-package)\b"),
        (3, r"\(defun [\w-]+-|\(setq [\w-]+|-hook\b|\(kbd "),
    ),
    "erlang": (
        (6, r"^-(?:module|export|include|record|behaviour)\("),
        (3, r"->$|^[a-z]\w*\(.*\) (?:when .*)?->|\bio:format\("),
    ),
    "fsharp": (
        (
            5,
            r"^open [A-Z][\w.]+$|\bprintfn \"|^[ \t]*let (?:rec |inline |mutable |"
            r"private )?\w+ .*=$|^[ \t]*(?:static |override |abstract )?member [\w.]+|"
            r"\[<\w+.*>\]|^(?:type|module) [\w.<>']+(?:\(.*\))? ?=?$",
        ),
        (
            3,
            r"\|> |\bfun \w+ ->|^[ \t]*\| .+ ->|\bSeq\.\w|<- |\bList\.\w+ |"
            r"\bmatch .+ with$|^#(?:load|r) \"",
        ),
    ),
    "haskell": (
        (
            4,
            r"^\w+ +:: .*->|\bderiving \(?[A-Z]|^[ \t]*\) where$|"
            r"^import +(?:qualified )?[A-Z][\w.]*(?: \(| as |$)|^[ \t]+[|] .+ = ",
        ),
        (5, r"^\w+ ::(?: |$)|^module [A-Z][\w.]* |^import (?:qualified )?[A-Z][\w.]*"),
        (
            4,
            r"^(?:data|newtype|instance|class) [A-Z].* (?:=|where)|\bdo$|^[ \t]+where$",
        ),
        (2, r" <- | -> |\bmapM_ |\bputStrLn\b|<\$>|>>=| \. |^\w+ [\w ()]+ = "),
    ),
    "julia": (
        (
            4,
            r"^using [A-Z][\w, .:]*$|\$\(\w|\bprintln\(|^[ \t]*for \w+ in .*\w$|"
            r"^[ \t]*function \w+!?\(.*;",
        ),
        (5, r"^[ \t]*function \w+!?\(.*\)(?:::\w+)?$|^using [A-Z]\w+|\bprintln\(\""),
        (
            3,
            r"^[ \t]*end$|\w::[A-Z]\w+|\.\+|\.\*|^[ \t]*for \w+ (?:in|=) .+$|"
            r"^struct [A-Z]",
        ),
    ),
    "lisp": (
        (
            3,
            r"\((?:declare|declaim|in-package|dolist|dotimes|defmethod|defclass|"
            r"defstruct|multiple-value-bind|progn|gethash)\b|:test #'|#'\w",
        ),
        (6, r"\((?:defun|defmacro|defvar|defparameter|setq|setf|defpackage|loop) "),
        (2, r"\((?:let\*?|format|lambda|if|cond) |^;;"),
    ),
    "matlab": (
        (
            3,
            r"\b(?:xlabel|ylabel|title|randn?|fft|length|legend|numel|cellfun|strcmp|"
            r"num2str|isempty|sprintf|error)\(|^[ \t]*(?:hold|grid) on;?|^(?:clear|"
            r"clc|close all)\b|\(:, ?\w|\(\w+, ?:\)|\(\d:\w|^[ \t]*figure;|~=|\(end\)",
        ),
        (
            2,
            r"^[ \t]*(?:for \w+ ?= ?[\w(]+:.*|if .*[^:{;]|while .*[^:{;]|elseif .*|"
            r"end)[ \t]*$|^[ \t]*\w+(?:\(.*\))? ?= ?.+;$|\.\.\.$",
        ),
        (5, r"^function (?:\[?[\w, ]+\]? = )?\w+\(|^[ \t]*%+ |\bdisp\(|\bfprintf\('"),
        (3, r"^[ \t]*end;?$|\b(?:zeros|ones|linspace|plot|figure|size)\(|\.[*/^]"),
    ),
    "nim": (
        (
            5,
            r"^[ \t]*(?:proc|template|iterator|func|method) \w+\*?(?:\[.*\])?\(.*=$|"
            r"^[ \t]*proc \w+|^import (?:std/|\w+, \w+)|\{\.\w+.*\.\}",
        ),
        (
            2,
            r"^(?:let|var|type|const|when .*:)$|^[ \t]*echo [\"\w(]|\bresult = |"
            r"^[ \t]*discard\b|: (?:int|string|seq\[\w+\])\b",
        ),
    ),
    "ocaml": (
        (
            3,
            r"^let \(\) =|^[ \t]*let (?:rec )?\w+ .*=.*(?: in)?$|"
            r"\bfun(?:ction)? \w* ?->|^type \w+ =|\bval \w+ :|\bbegin match\b|"
            r"\bmodule [A-Z]\w* =",
        ),
        (4, r"^let (?:rec )?\w+[\w ()~:]* =|^[ \t]*\| .+ ->|\bmatch .+ with$"),
        (3, r";;$|\bPrintf\.|\bList\.\w| in$|\(\*|^(?:open|module) [A-Z]"),
    ),
    "r": (
        (
            3,
            r"^[ \t]*[\w.]+\$?[\w.]* <- |\b(?:lm|read\.csv|sapply|lapply|tapply|head|"
            r"plot|predict|factor|geom_\w+|stop|is\.\w+)\(|\bNA\b|\bna\.rm\b",
        ),
        (4, r"\b[\w.]+ <- |^library\(|\bfunction\([\w., =]*\) ?\{|%>%|\|>$"),
        (
            3,
            r"\b(?:data\.frame|ggplot|aes|c|paste0?|mean|summary)\(|\w\$\w+\b|\bTRUE\b",
        ),
    ),
    "scheme": (
        (6, r"\(define \(?[\w-]|\(lambda \("),
        (2, r"\((?:let\*?|cond|if|car|cdr|display) "),
    ),
}
