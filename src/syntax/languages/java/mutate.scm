; What is exchanged is told in src/validate/mutate.c.

[(import_declaration) (package_declaration) (annotation) (marker_annotation)]
  @never
(assert_statement) @never
(throw_statement (object_creation_expression arguments: (_) @never))
((method_invocation object: (_) @_object) @never
 (#match? @_object "^(this\\.)?(log|logger|LOG|LOGGER|System\\.err)$"))

(method_declaration name: (identifier) @function.name) @function

(binary_expression
  ["==" "!=" "<" "<=" ">" ">=" "+" "-" "&&" "||"] @op)
(assignment_expression ["+=" "-="] @op)
(update_expression ["++" "--"] @op)
[(true) (false)] @op
[(decimal_integer_literal) (hex_integer_literal)
 (decimal_floating_point_literal)] @number
(string_literal) @string
(return_statement (_) @return.0)
(return_statement (_) @return.null)
(if_statement condition: (_) @negate)
(expression_statement (method_invocation)) @call
