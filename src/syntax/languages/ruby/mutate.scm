; What is exchanged is told in src/validate/mutate.c.

((call method: (identifier) @_name) @never
 (#any-of? @_name "require" "require_relative" "include" "extend" "raise"
  "attr_reader" "attr_writer" "attr_accessor" "warn"))
((call receiver: (_) @_object) @never
 (#match? @_object "^@?(log|logger|Rails\\.logger|\\$stderr)$"))

(method name: (_) @function.name) @function
(singleton_method name: (_) @function.name) @function

(binary
  ["==" "!=" "<" "<=" ">" ">=" "+" "-" "&&" "||" "and" "or"] @op)
(operator_assignment ["+=" "-="] @op)
[(true) (false)] @op
[(integer) (float)] @number
(string) @string
(return (argument_list . (_) @return.nil .))
(if condition: (_) @negate)
(elsif condition: (_) @negate)
(unless condition: (_) @negate)
(if_modifier condition: (_) @negate)
(unless_modifier condition: (_) @negate)
