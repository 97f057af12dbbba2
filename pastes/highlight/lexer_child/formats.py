"""What speaks for prose, markup, data and configuration: weights and patterns.

The rules that the patterns keep are in ``votes``.
"""

Rows = tuple[tuple[float, str], ...]

FORMATS: dict[str, Rows] = {
    "text": (
        (
            4,
            r"^[ \t]*at [\w.$/<> ]{2,80}\([^\n)]*\)$|^Caused by: |^[\w.]+(?:Exception|"
            r"Error): |^<[\w-]+> \w|^[ \t]*\.\.\. \d+ more$",
        ),
        (1, r"\b[a-z]{2,14} [a-z]{1,14} [a-z]{2,14} [a-z]{2,14}\b"),
        (1, r"[a-z]{3}[.!?]$|[a-z]{3}[.!?] [A-Z]"),
    ),
    "sql": (
        (
            5,
            r"(?i)^[ \t]*(?:insert into|delete from|alter table|drop table|"
            r"grant \w+ on) ",
        ),
        (
            5,
            r"(?i)^[ \t]*create (?:or replace |unique |temp )?(?:table|view|index|"
            r"function)\b",
        ),
        (
            4,
            r"(?i)^[ \t(]*select .{1,80}|^select$|^[ \t]*update \w+ set |"
            r"^with \w+ as \(",
        ),
        (
            2,
            r"(?i)^[ \t]*(?:from|where|(?:left |inner )?join|group by|order by|values|"
            r"set) ",
        ),
        (2, r"(?i)\b(?:primary key|not null|varchar|references \w+|default now)\b"),
        (2, r"(?i)\bfrom \w+(?: \w)? (?:where|join|limit|order)\b| (?:is|not) null\b"),
    ),
    "html": (
        (
            2,
            r"(?i)^[ \t]*<!--|&(?:nbsp|euro|amp|lt|gt|copy);|\b(?:align|bgcolor|"
            r"colspan|style)=",
        ),
        (
            2,
            r"(?i)</?(?:dt|dd|dl|em|strong|code|pre|b|i|th|tbody|label|button|option)>",
        ),
        (6, r"(?i)<!doctype html|<html\b|</(?:head|body|html)>"),
        (
            3,
            r"(?i)</?(?:div|span|p|a|table|tr|td|ul|li|h\d|script|form|nav|"
            r"section)\b[^\n>]*>",
        ),
        (2, r"(?i)<(?:meta|link|br|img|input|hr|button)\b|\b(?:class|href|src|id)=\""),
    ),
    "html+django": (
        (5, r"\{% (?:extends|block|endblock|for|endfor|if|endif|load|include|url)\b"),
        (3, r"\{\{ ?[\w.|]+.{0,40}\}\}"),
    ),
    "vue": (
        (8, r"^<(?:template|script setup|style scoped)\b"),
        (3, r"\bv-(?:if|for|model)=|@click="),
    ),
    "xml": (
        (
            2,
            r"^[ \t]*<[a-zA-Z][\w.:-]*$|^[ \t]*[\w.]+:[\w-]+=\"|^[ \t]*<(?:svg|path|g|"
            r"groupId|artifactId|property|dependency)\b",
        ),
        (3, r"^[ \t]*</?[\w:.-]+(?: [\w:.-]+=\"| ?/?>)"),
        (2, r"</[\w:.-]+>[ \t]*$|/>[ \t]*$"),
        (4, r"\bxmlns(?::\w+)?=|<!\[CDATA\[|<!E(?:NTITY|LEMENT) "),
    ),
    "css": (
        (
            4,
            r"^[ \t]*(?:margin|padding|color|background|font|display|width|"
            r"border)[\w-]*:",
        ),
        (4, r"^(?:[.#]?[a-z][\w-]*|[*@:][\w-]+)[\w .#:>,()\[\]=\"-]*\{"),
        (2, r"\b\d+(?:\.\d+)?(?:px|em|rem|vh|vw)\b|: ?#[0-9a-fA-F]{3,8}\b|\bvar\(--"),
        (2, r"^[ \t]+[a-z-]+: [^\n;{}]+;$"),
    ),
    "scss": (
        (5, r"^[ \t]*@(?:include|mixin|extend|use|function)\b|^\$[\w-]+:|#\{\$"),
        (4, r"^[ \t]*&[:.\- ]|: .{0,40}\$[\w-]+.{0,20};"),
    ),
    "less": ((5, r"^@[\w-]+: .+;$|^[ \t]*\.[\w-]+\([^\n)]*\);$"), (2, r"@\{[\w-]+\}")),
    "json": (
        (-5, r"^[\w.]+ ?=|^[ \t]*(?:def|import|const|let|var|return|\.\.) |^\w+\("),
        (4, r"^[ \t]*\"[^\n\"]+\" ?: ?[\"\d{\[tfn-].*[,{\[\"\d\w\]}]$"),
        (1, r"^[ \t]*[}\]],?$|^[ \t]*\"[^\n\"]*\",?$"),
    ),
    "yaml": (
        (-3, r";$|^[ \t]*(?:def|return|if|for|class) .*[:{(]$"),
        (2, r"^[ \t]+(?:brief|description|name|type|value): |^[ \t]*[\w-]+: \|-?$"),
        (
            2,
            r"^[ \t]*- \w[\w-]*:(?: |$)|^[ \t]+[\w-]+: (?:true|false|\d+|\[.*\]|"
            r"[\w./-]+)$|\$\{\{ ",
        ),
        (3, r"^[ \t]*(?:- )?[a-z_][\w./-]*:(?: [^\n;{]*[^\n;{,]|[ \t]*)$"),
        (1, r"^[ \t]*(?:- )?[A-Z\d][\w./-]*:(?: [^\n;{]*[^\n;{,]|[ \t]*)$"),
        (2, r"^[ \t]*- [\w\"'./-]"),
        (3, r"^---$|: [|>]-?$|^(?:version|apiVersion|kind|services|on|name):"),
    ),
    "toml": (
        (4, r"^\[\[?[\w.\"-]+\]\]?$"),
        (4, r"^[\w.-]+ = (?:\"[^\n\"]*\"|\[.*|\d[\d._-]*|true|false|\{ ?\w.*\})$"),
    ),
    "ini": (
        (-3, r"^[ \t]*(?:import|def|if|for|return|private|val|var) |[{;]$|^[ \t]*[})]"),
        (5, r"^\[[^\n\]=]{1,60}\]$"),
        (3, r"^[\w. -]+?[ \t]*=[ \t]*[^\n=\"'{\[ ;][^\n={}();]*$"),
        (1, r"^[;#]"),
    ),
    "markdown": (
        (5, r"^#{2,6} \S|^```"),
        (2, r"^# \S"),
        (4, r"\[[^\n\]]+\]\([^\n)]+\)|\*\*[^\n*]+\*\*|^\|(?:[ :-]+\|)"),
        (2, r"^[ \t]*[-*] \S|^\d+\. \S|^> \S"),
        (3, r"^[ \t]*[-*] \[[ x]\] \S"),
        (3, r"(?:^|[ (])`[^\n`]+`"),
    ),
    "rst": (
        (3, r"^\.\. [_|\[]\w|^[ \t]*:param |^\w.*::$|^[ \t]*\* :|^\"{4,}$|^\^{4,}$"),
        (5, r"^\.\. [\w-]+::|:(?:ref|func|class|doc|mod):`"),
        (3, r"^={4,}$|^-{4,}$|^~{4,}$"),
        (4, r"``[^\n`]+``|`[^\n`<]+<[^\n>]+>`_|^:\w+: |::$"),
    ),
    "latex": (
        (
            5,
            r"\\(?:new|renew|provide)command|\\def\\|\\(?:Declare|Require|"
            r"Provides)[A-Z]\w+|\\let\\|\\@\w+",
        ),
        (3, r"\\[a-zA-Z]+\{[^\n}]*\}|\$[^\n$]{1,60}\$|\\\\$"),
        (6, r"\\(?:begin|end|documentclass|usepackage|section|subsection)\b"),
        (3, r"\\(?:textbf|emph|item|label|ref|cite|frac|sum|alpha|maketitle)\b|^%"),
    ),
    "docker": (
        (6, r"^FROM [\w./:@-]+(?: AS \w+)?$|^(?:ENTRYPOINT|CMD) \["),
        (4, r"^(?:RUN|COPY|WORKDIR|ENV|EXPOSE|ARG|USER|ADD|LABEL|VOLUME) \S"),
    ),
    "make": (
        (
            3,
            r"\$[({](?:shell|wildcard|patsubst|subst|filter|foreach|addprefix|MAKE)\b|"
            r"^[A-Z_]+ ?[:?+]= ?|^[\w-]+: ?[\w.$()/ -]*$(?=\n\t)",
        ),
        (4, r"\$\([A-Z_a-z]+\)|^(?:ifeq|ifneq|ifdef|endif|include|define|endef)\b"),
        (
            5,
            r"^\.PHONY ?:|^[\w./%$()-]+ ?:(?: [\w./%$() -]*)?$(?=\n\t)|\$\((?:CC|"
            r"MAKE)\)",
        ),
        (3, r"^\t[@-]?\w+|\$[@<^]|^[A-Z_]+ ?[:?+]?= ?"),
    ),
    "cmake": (
        (
            5,
            r"(?i)^[ \t]*(?:if|elseif|foreach|function|macro|endfunction|endforeach|"
            r"endmacro|list|string|include|cmake_\w+|unset|option|mark_as_advanced|"
            r"get_\w+|execute_process|file|set_\w+)[ ]?\([A-Z_\w\"$]",
        ),
        (
            3,
            r"\$\{[A-Z_]\w*\}|\b(?:STREQUAL|MATCHES|REQUIRED|PRIVATE|INTERFACE|"
            r"DEFINED)\b",
        ),
        (7, r"(?i)^cmake_minimum_required|^(?:project|add_executable|add_library)\("),
        (
            5,
            r"(?i)^[ \t]*(?:target_\w+|find_package|set|add_\w+|install|endif|"
            r"message)\(",
        ),
    ),
    "nginx": (
        (
            4,
            r"^[ \t]*(?:include|fastcgi_\w+|alias|expires|add_header|error_page|"
            r"client_\w+|access_log|error_log|gzip\w*|rewrite|worker_\w+|index|deny|"
            r"allow) [^\n{}]+;$",
        ),
        (7, r"^[ \t]*(?:server|location .{1,60}|upstream \w+|http|events) \{$"),
        (
            4,
            r"^[ \t]*(?:listen|server_name|proxy_\w+|root|try_files|ssl_\w+|"
            r"return) .+;$",
        ),
    ),
    "apache": (
        (
            5,
            r"^[ \t]*(?:LoadModule|Options|AllowOverride|ErrorLog|CustomLog|"
            r"DirectoryIndex|Order|Listen|AddType|SetEnv\w*|ErrorDocument|Header|"
            r"Alias) [\w\"/+-]",
        ),
        (6, r"^[ \t]*</?(?:VirtualHost|Directory|Location|IfModule|Files)\b"),
        (4, r"^[ \t]*(?:Rewrite(?:Rule|Cond|Engine)|ServerName|DocumentRoot|Require) "),
    ),
    "terraform": (
        (
            4,
            r"^[ \t]*(?:dynamic|lifecycle|tags|backend|job|group|task|action|"
            r"workflow)(?: \"[^\n\"]*\")? *(?:=.*)?\{$|^[ \t]+(?:source|type|region|"
            r"ami|count|for_each) += ",
        ),
        (
            8,
            r"^(?:resource|data|variable|provider|module|output|locals) ?[\"\w -]*\{",
        ),
        (2, r"^[ \t]+\w+ += |\bvar\.\w|\$\{\w+\."),
    ),
    "nix": (
        (4, r"\bpkgs\.\w|\bmkDerivation\b|^\{.*\}: *$|\bwith pkgs;|\binherit \w"),
        (2, r"^ +\w+ = .*;$"),
    ),
    "graphql": (
        (-4, r";$|\w\(\w*\)|=="),
        (
            5,
            r"^[ \t]*(?:query|mutation|fragment|subscription) \w+.*\{|^(?:type|input|"
            r"enum) [A-Z]\w* .*\{",
        ),
        (3, r"^[ \t]+\w+(?:\(.*\))?: \[?[A-Z]\w*!?\]?!?$|^[ \t]+\w+$"),
    ),
    "protobuf": (
        (7, r"^[ \t]*(?:message|service) [A-Z]\w* \{|^syntax ="),
        (4, r"^[ \t]+(?:repeated |optional )?[\w.]+ \w+ = \d+;"),
    ),
    "diff": (
        (8, r"^@@ -\d+|^(?:---|\+\+\+) \S|^diff |^index [0-9a-f]{7,}|^\*{3,4} \S"),
        (3, r"^\+(?!\+)|^! "),
    ),
}
