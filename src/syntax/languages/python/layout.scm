; What is not executed; see syntax/layout.h.  Documentation is text of the
; program, and its examples may be run.
((comment) @layout
 (#not-match? @layout "^#!|coding[:=]|type:|pragma|noqa|nosec|pylint|mypy|fmt:|isort"))

(string) @verbatim

; What sees lines, or the text itself.
((identifier) @opaque
 (#any-of? @opaque "currentframe" "_getframe" "f_lineno" "lineno" "tb_lineno"
  "co_firstlineno" "stacklevel" "extract_stack" "getsource" "getsourcelines"
  "getcomments" "linecache"))
