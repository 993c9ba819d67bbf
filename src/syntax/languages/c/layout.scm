; What is not executed; see syntax/layout.h.
((comment) @layout
 (#not-match? @layout "NOLINT|clang-format|fall ?thr|GCOV|LCOV|gcov|lcov"))

(string_literal) @verbatim
(char_literal) @verbatim

; A macro may see the blanks between its arguments.
((call_expression
   function: (identifier) @_macro
   arguments: (argument_list) @verbatim)
 (#match? @_macro "^[A-Z_0-9]+$"))

((identifier) @place
 (#any-of? @place "__LINE__" "__builtin_LINE"))
; What expands to it elsewhere is not seen here.
((preproc_arg) @opaque
 (#match? @opaque "__LINE__|__builtin_LINE"))
