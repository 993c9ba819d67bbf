; What is exchanged is told in src/validate/mutate.c.

(import_statement) @never
(export_statement source: (_) @never)
(expression_statement . (string)) @never
(throw_statement (new_expression arguments: (arguments) @never))
((call_expression function: (identifier) @_name) @never
 (#eq? @_name "require"))
((call_expression function: (member_expression object: (_) @_object)) @never
 (#match? @_object "^(this\\.)?(console|log|logger)$"))

(function_declaration name: (identifier) @function.name) @function
(method_definition name: (_) @function.name) @function
(variable_declarator name: (identifier) @function.name
  value: (arrow_function)) @function

(binary_expression
  ["==" "!=" "===" "!==" "<" "<=" ">" ">=" "+" "-" "&&" "||"] @op)
(augmented_assignment_expression ["+=" "-="] @op)
(update_expression ["++" "--"] @op)
[(true) (false)] @op
(number) @number
[(string) (template_string)] @string
(return_statement (_) @return.null)
(if_statement condition: (_) @negate)
(expression_statement (call_expression)) @call
(expression_statement (await_expression (call_expression))) @call
