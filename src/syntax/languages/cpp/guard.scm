; Beside those of C.
(function_definition
  declarator: (function_declarator declarator: (field_identifier) @function.name @function.of)) @function
(function_definition
  declarator: (function_declarator declarator: (qualified_identifier scope: (_) @function.of @mock.of name: (identifier) @function.name @mock.name))) @function @mock.by
(init_declarator declarator: (identifier) @function.name value: (lambda_expression)) @function
(call_expression function: (qualified_identifier name: (identifier) @call.name))
(call_expression function: (qualified_identifier scope: (_) @call.of name: (identifier) @call.name))
(call_expression function: (field_expression argument: (identifier) @call.of field: (field_identifier) @call.name))
(call_expression function: (field_expression argument: (call_expression function: (identifier) @call.of) field: (field_identifier) @call.name))

; --- types, objects, mocks ---
(class_specifier name: (type_identifier) @type.name body: (_))
(struct_specifier name: (type_identifier) @type.name body: (_))
(_ type: [(type_identifier) @object.type (qualified_identifier name: (type_identifier) @object.type)
    (template_type arguments: (template_argument_list . (type_descriptor type: (type_identifier) @object.type) .))
    (qualified_identifier name: (template_type arguments: (template_argument_list . (type_descriptor type: (type_identifier) @object.type) .)))
    (qualified_identifier name: (qualified_identifier name: (template_type arguments: (template_argument_list . (type_descriptor type: (type_identifier) @object.type) .))))]
  declarator: [(identifier) @object.name (field_identifier) @object.name (init_declarator declarator: (identifier) @object.name)
    (pointer_declarator declarator: (identifier) @object.name)
    (init_declarator declarator: (pointer_declarator declarator: (identifier) @object.name))])
(init_declarator declarator: (identifier) @object.name
  value: (call_expression function: (qualified_identifier name: (template_function arguments: (template_argument_list . (type_descriptor type: (type_identifier) @object.type) .)))))
; gmock
(([(class_specifier name: (type_identifier) @mock.of (base_class_clause [(type_identifier) @mock.type (qualified_identifier name: (type_identifier) @mock.type)])
     body: (field_declaration_list (declaration declarator: (function_declarator declarator: (identifier) @_m parameters: (parameter_list . (_) . (parameter_declaration type: (type_identifier) @mock.name))))))
   (struct_specifier name: (type_identifier) @mock.of (base_class_clause [(type_identifier) @mock.type (qualified_identifier name: (type_identifier) @mock.type)])
     body: (field_declaration_list (declaration declarator: (function_declarator declarator: (identifier) @_m parameters: (parameter_list . (_) . (parameter_declaration type: (type_identifier) @mock.name))))))])
 (#eq? @_m "MOCK_METHOD"))
((class_specifier name: (type_identifier) @mock.of (base_class_clause [(type_identifier) @mock.type (qualified_identifier name: (type_identifier) @mock.type)])
   body: (field_declaration_list (declaration declarator: (function_declarator declarator: (identifier) @_m parameters: (parameter_list . (parameter_declaration type: (type_identifier) @mock.name))))))
 (#match? @_m "^MOCK_(CONST_)?METHOD[0-9]+(_T)?$"))
((call_expression function: (identifier) @_f arguments: (argument_list) @not-call)
 (#any-of? @_f "EXPECT_CALL" "ON_CALL"))

((throw_statement (call_expression function: (_) @_e)) @assert
 (#match? @_e "error|failure|logic"))

((call_expression function: (qualified_identifier) @_f arguments: (argument_list . (_) @_s)) @is.exit
 (#any-of? @_f "std::exit" "std::_Exit" "std::quick_exit") (#match? @_s "^(0|EXIT_SUCCESS)$"))
((call_expression function: (qualified_identifier) @_f) @is.sleep
 (#match? @_f "this_thread::sleep_(for|until)$"))
((try_statement body: (_) @swallow.body (catch_clause parameters: (_) @_p body: (compound_statement) @_b)) @is.swallow
 (#match? @_p "^\\((\\.\\.\\.|(const )?(std::)?exception)") (#match? @_b "^\\{\\s*(//[^\n]*\\s*)*\\}$"))
