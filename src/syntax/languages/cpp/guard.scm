; Beside those of C.
(function_definition
  declarator: (function_declarator declarator: (field_identifier) @function.name)) @function
(function_definition
  declarator: (function_declarator declarator: (qualified_identifier name: (identifier) @function.name))) @function
(init_declarator declarator: (identifier) @function.name value: (lambda_expression)) @function
(call_expression function: (qualified_identifier name: (identifier) @call.name))

((throw_statement (call_expression function: (_) @_e)) @assert
 (#match? @_e "error|failure|logic"))

((call_expression function: (qualified_identifier) @_f arguments: (argument_list . (_) @_s)) @is.exit
 (#any-of? @_f "std::exit" "std::_Exit" "std::quick_exit") (#match? @_s "^(0|EXIT_SUCCESS)$"))
((call_expression function: (qualified_identifier) @_f) @is.sleep
 (#match? @_f "this_thread::sleep_(for|until)$"))
((try_statement body: (_) @swallow.body (catch_clause parameters: (_) @_p body: (compound_statement) @_b)) @is.swallow
 (#match? @_p "^\\((\\.\\.\\.|(const )?(std::)?exception)") (#match? @_b "^\\{\\s*(//[^\n]*\\s*)*\\}$"))
