; What a test must not do: src/validate/guard.h has the names of captures.

(function_declaration name: (identifier) @function.name) @function
(method_declaration name: (field_identifier) @function.name) @function
(short_var_declaration left: (expression_list (identifier) @function.name)
  right: (expression_list (func_literal))) @function

((function_declaration name: (identifier) @test.name
   parameters: (parameter_list) @_p) @test
 (#match? @test.name "^(Test|Fuzz)([^a-z]|$)") (#match? @_p "testing\\.(T|F)\\b"))
; testify's suites
((method_declaration name: (field_identifier) @test.name
   parameters: (parameter_list) @_p) @test
 (#match? @test.name "^Test([^a-z]|$)") (#match? @_p "^\\(\\s*\\)$"))
; an example whose output is compared
((function_declaration name: (identifier) @test.name body: (block (comment) @assert)) @test
 (#match? @test.name "^Example") (#match? @assert "^// *(Unordered output|Output):"))
((function_declaration name: (identifier) @_n) @test.main @assert
 (#eq? @_n "TestMain"))

(call_expression function: (identifier) @call.name)
(call_expression function: (selector_expression field: (field_identifier) @call.name))
(call_expression function: (selector_expression operand: (identifier) @call.of field: (field_identifier) @call.name))
(argument_list (identifier) @call.name)

; --- types, objects, mocks ---
(source_file (package_clause (package_identifier) @module.name))
(type_spec name: (type_identifier) @type.name)
(var_spec name: (identifier) @function.name value: (expression_list (func_literal))) @function
(short_var_declaration left: (expression_list . (identifier) @object.name .) right: (expression_list . [
  (composite_literal type: [(type_identifier) @object.type (qualified_type name: (type_identifier) @object.type)])
  (unary_expression operand: (composite_literal type: [(type_identifier) @object.type (qualified_type name: (type_identifier) @object.type)]))]))
; a variable of the package: one with a small letter is its own means
((assignment_statement left: (expression_list . (identifier) @mock.name .) right: (expression_list . (func_literal) @mock.by .))
 (#match? @mock.name "^[A-Z]"))
(assignment_statement left: (expression_list . (selector_expression operand: (identifier) @mock.of field: (field_identifier) @mock.name) .) right: (expression_list . (func_literal) @mock.by .))
((call_expression function: (selector_expression) @_f arguments: (argument_list . (selector_expression operand: (identifier) @mock.of field: (field_identifier) @mock.name)) @mock.by)
 (#match? @_f "^((super)?monkey\\.Patch|mpatch\\.PatchMethod|mockey\\.Mock|[a-z]+\\.ApplyFunc(Return|Seq)?)$"))
((call_expression function: (selector_expression) @_f arguments: (argument_list . (identifier) @mock.name @not-call) @mock.by)
 (#match? @_f "^((super)?monkey\\.Patch|mpatch\\.PatchMethod|mockey\\.Mock|[a-z]+\\.ApplyFunc(Return|Seq)?)$"))
((call_expression function: (selector_expression) @_f arguments: (argument_list . [(identifier) @mock.of (call_expression arguments: (argument_list . (identifier) @mock.of @not-call .))] . (interpreted_string_literal) @mock.name))
 (#match? @_f "^(monkey\\.PatchInstanceMethod|[a-z]+\\.ApplyMethod(Func|Return|Seq)?)$"))

; --- assertions ---
((call_expression function: (selector_expression field: (field_identifier) @_f)) @assert
 (#match? @_f "^(Error|Errorf|Fatal|Fatalf|Fail|FailNow|AssertExpectations|AssertCalled|AssertNotCalled|Expect|Should|To|ToNot)$"))
((call_expression function: (selector_expression operand: (_) @_o)) @assert
 (#match? @_o "^(assert|require|is|qt|must|should|check|[a-z]+\\.Require\\(\\)|[a-z]+\\.Assert\\(\\))$"))
((call_expression function: (selector_expression operand: (identifier) @_o field: (field_identifier) @_f)) @assert
 (#match? @_o "^(s|suite|ts|c|g)$")
 (#match? @_f "^(Equal|NotEqual|True|False|Nil|NotNil|NoError|Error|Len|Contains|Zero|Empty|NotEmpty|Panics|Assert|Check|Require|Must)"))
((call_expression function: (identifier) @_f) @assert
 (#match? @_f "^([aA]ssert|[rR]equire|[cC]heck|[vV]erify|[eE]xpect|[mM]ust|[eE]nsure|panic$)"))
((call_expression function: (selector_expression field: (field_identifier) @_f)) @assert
 (#match? @_f "^([aA]ssert|[rR]equire|[vV]erify|[eE]xpect)[A-Z]"))

; --- skip ---
((call_expression function: (selector_expression operand: (_) @_o field: (field_identifier) @_f)) @is.skip
 (#any-of? @_f "Skip" "Skipf" "SkipNow") (#match? @_o "^(t|b|f|tb|s\\.T\\(\\)|suite\\.T\\(\\))$"))
; if testing.Short() { t.Skip() }
((if_statement condition: (_) @_c consequence: (block) @may.skip) @is.conditional-skip
 (#match? @may.skip "\\.Skip(f|Now)?\\(") (#not-match? @_c "^(true|[0-9]+ *== *[0-9]+)$"))

; --- the end of the process ---
((call_expression function: (selector_expression) @_f) @is.exit
 (#any-of? @_f "os.Exit" "syscall.Exit" "unix.Exit"))
((function_declaration name: (identifier) @_n) @may.exit
 (#match? @_n "^TestMain$|[hH]elper|[cC]hild|^main$"))
((if_statement condition: (_) @_c consequence: (_) @may.exit)
 (#match? @_c "Getenv|LookupEnv|os\\.Args"))

; --- network, time ---
((call_expression function: (selector_expression) @_f arguments: (argument_list . (interpreted_string_literal) @_u)) @is.network
 (#any-of? @_f "http.Get" "http.Post" "http.Head" "http.PostForm")
 (#match? @_u "https?://") (#not-match? @_u "localhost|127\\.0\\.0\\.1|\\[::1\\]|\\.(test|invalid|example)\\b|example\\.(com|org|net)"))
((call_expression function: (selector_expression) @_f) @is.sleep
 (#eq? @_f "time.Sleep"))

; --- swallowed: a panic that nobody looks at ---
(defer_statement (call_expression function: (func_literal body: (block . (expression_statement (call_expression function: (identifier) @_r)) .)) @is.swallow)
 (#eq? @_r "recover"))
((defer_statement (call_expression function: (func_literal body: (block) @_b))) @is.swallow
 (#match? @_b "^\\{\\s*(_ = |if r := )recover\\(\\)(; r != nil \\{\\s*\\})?\\s*\\}$"))

; --- always true ---
((call_expression function: (selector_expression operand: (identifier) @_o field: (field_identifier) @_f)
   arguments: (argument_list . (identifier)? . [(true) (int_literal) (interpreted_string_literal)] @_l . )) @is.tautology
 (#any-of? @_o "assert" "require" "is") (#any-of? @_f "True") (#eq? @_l "true"))
((call_expression function: (selector_expression operand: (identifier) @_o field: (field_identifier) @_f)
   arguments: (argument_list [(true) (false) (nil) (int_literal) (interpreted_string_literal)] @_l . [(true) (false) (nil) (int_literal) (interpreted_string_literal)] @_r)) @is.tautology
 (#any-of? @_o "assert" "require" "is") (#match? @_f "^(Equal|EqualValues|Exactly)f?$") (#eq? @_l @_r))
((if_statement condition: (binary_expression left: [(int_literal) (interpreted_string_literal) (true) (false)] @_l right: [(int_literal) (interpreted_string_literal) (true) (false)] @_r) @_c) @is.tautology
 (#match? @_c "!=") (#eq? @_l @_r))
((if_statement condition: (false)) @is.tautology)
((if_statement condition: (binary_expression left: [(identifier) (selector_expression)] @_l right: [(identifier) (selector_expression)] @_r) @_c) @is.self-compare
 (#match? @_c "!=|<|>") (#eq? @_l @_r))
((call_expression function: (selector_expression operand: (identifier) @_o field: (field_identifier) @_f)
   arguments: (argument_list [(identifier) (selector_expression)] @_l . [(identifier) (selector_expression)] @_r)) @is.self-compare
 (#any-of? @_o "assert" "require" "is") (#match? @_f "^(Equal|EqualValues|Exactly|Same)f?$") (#eq? @_l @_r))

; --- comments ---
((comment) @is.comment-claim
 (#match? @is.comment-claim "^(//+|/\\*+)[ \t\n*]*(func Test|assert\\.[A-Z]|require\\.[A-Z]|t\\.(Error|Fatal)f?\\()"))
((comment) @is.comment-claim
 (#match? @is.comment-claim "[Aa]ll (the )?tests? (pass|passed)|([Vv]erified|[Tt]ested|[Cc]hecked) (manually|by hand)"))
