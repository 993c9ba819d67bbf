; What is exchanged is told in src/validate/mutate.c.

((command name: (_) @_name) @never
 (#match? @_name "^(source|\\.|set|shopt|log|warn|logger)$"))
((redirected_statement redirect: (_) @_to) @never
 (#match? @_to "^>&2$"))

(function_definition name: (word) @function.name) @function

(binary_expression
  ["==" "!=" "<" "<=" ">" ">=" "+" "-" "&&" "||"] @op)
(binary_expression (test_operator) @op)
(list ["&&" "||"] @op)
[(string) (raw_string)] @string
((command argument: (word) @number) (#match? @number "^[0-9]+$"))
