(static_assert_declaration) @never
(throw_statement (_) @never)
(function_definition declarator: (function_declarator
  declarator: (field_identifier) @function.name)) @function
(function_definition declarator: (function_declarator
  declarator: (qualified_identifier name: (identifier) @function.name)))
  @function
