; What is exchanged is told in src/validate/mutate.c.

[(import_declaration) (array_type length: (_)) (field_declaration tag: (_))]
  @never
((call_expression function: (selector_expression operand: (identifier) @_object))
 @never
 (#any-of? @_object "log" "slog" "logger"))

(function_declaration name: (identifier) @function.name) @function
(method_declaration name: (field_identifier) @function.name) @function

(binary_expression
  ["==" "!=" "<" "<=" ">" ">=" "+" "-" "&&" "||"] @op)
(assignment_statement ["+=" "-="] @op)
[(true) (false)] @op
[(int_literal) (float_literal)] @number
[(interpreted_string_literal) (raw_string_literal)] @string
(return_statement (expression_list . (_) @return.0))
(if_statement condition: (_) @negate)
(inc_statement "++" @op)
(dec_statement "--" @op)
