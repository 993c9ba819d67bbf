; What is exchanged is told in src/validate/mutate.c.

[(import_statement) (import_from_statement) (future_import_statement)
 (decorator) (type)] @never
(expression_statement . (string) .) @never
(raise_statement (call arguments: (argument_list) @never))
((if_statement condition: (comparison_operator (identifier) @_name)) @never
 (#eq? @_name "__name__"))
((call function: (attribute object: (_) @_object)) @never
 (#match? @_object "^(self\\.|cls\\.)?_*(log|logger|logging|LOG|LOGGER|warnings)$"))

(function_definition name: (identifier) @function.name) @function

(comparison_operator ["==" "!=" "<" "<=" ">" ">="] @op)
(binary_operator ["+" "-"] @op)
(augmented_assignment ["+=" "-="] @op)
(boolean_operator ["and" "or"] @op)
[(true) (false)] @op
[(integer) (float)] @number
(string) @string
(return_statement (_) @return.None)
(if_statement condition: (_) @negate.not)
(elif_clause condition: (_) @negate.not)
(expression_statement . (call) @call.pass .)
