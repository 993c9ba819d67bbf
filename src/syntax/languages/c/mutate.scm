; What is exchanged is told in src/validate/mutate.c.

(preproc_include) @never
(preproc_if condition: (_) @never)
(preproc_elif condition: (_) @never)
(linkage_specification value: (_) @never)
(array_declarator size: (_) @never)
(bitfield_clause) @never
(enumerator value: (_) @never)
(for_statement update: (_) @never)
((call_expression function: (identifier) @_name) @never
 (#match? @_name "^(assert|perror|syslog|vsyslog|warnx?|v?log_.*|log|LOG.*|.*_LOG|debug.*|DEBUG.*|trace.*|TRACE.*)$"))
((call_expression function: (identifier) @_name
  arguments: (argument_list . (identifier) @_stream)) @never
 (#any-of? @_name "fprintf" "vfprintf" "fputs" "fputc")
 (#eq? @_stream "stderr"))

(function_definition declarator: (function_declarator
  declarator: (identifier) @function.name)) @function
(function_definition declarator: (pointer_declarator
  declarator: (function_declarator
    declarator: (identifier) @function.name))) @function

(binary_expression
  ["==" "!=" "<" "<=" ">" ">=" "+" "-" "&&" "||"] @op)
(assignment_expression ["+=" "-="] @op)
(update_expression ["++" "--"] @op)
[(true) (false)] @op
(number_literal) @number
(string_literal) @string
(return_statement (_) @return.0)
(if_statement condition: (_) @negate)
(expression_statement (call_expression)) @call
