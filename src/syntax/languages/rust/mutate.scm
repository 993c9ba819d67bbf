; What is exchanged is told in src/validate/mutate.c.

[(use_declaration) (attribute_item) (inner_attribute_item)
 (array_type length: (_))] @never
((macro_invocation macro: (_) @_name) @never
 (#match? @_name "^(log::|tracing::)?(trace|debug|info|warn|error|eprintln?|panic|unreachable|todo|assert|assert_eq|assert_ne|debug_assert.*)$"))
; Tests that stand beside the code.
((attribute_item) @_attribute . (mod_item) @never
 (#match? @_attribute "cfg\\(test\\)"))

(function_item name: (identifier) @function.name) @function

(binary_expression
  ["==" "!=" "<" "<=" ">" ">=" "+" "-" "&&" "||"] @op)
(compound_assignment_expr ["+=" "-="] @op)
(boolean_literal) @op
[(integer_literal) (float_literal)] @number
(string_literal) @string
(return_expression (_) @return.0)
(if_expression condition: [(binary_expression) (call_expression) (identifier)
  (unary_expression) (field_expression) (boolean_literal)] @negate)
(expression_statement (call_expression)) @call
