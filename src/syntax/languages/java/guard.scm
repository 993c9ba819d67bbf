; What a test must not do: src/validate/guard.h has the names of captures.

(method_declaration name: (identifier) @function.name) @function

((method_declaration (modifiers [(marker_annotation name: (_) @_a) (annotation name: (_) @_a)]) name: (identifier) @test.name) @test
 (#match? @_a "^([a-zA-Z.]*\\.)?(Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property|Example|Theory)$"))
; JUnit 3
((class_declaration superclass: (superclass) @_s body: (class_body (method_declaration name: (identifier) @test.name) @test))
 (#match? @_s "TestCase$") (#match? @test.name "^test"))

(method_invocation name: (identifier) @call.name)
(method_invocation object: [(identifier) @call.of (field_access field: (identifier) @call.of) (object_creation_expression type: (type_identifier) @call.of)] name: (identifier) @call.name)
(method_reference (identifier) @call.name .)

; --- types, objects, mocks ---
(class_declaration name: (identifier) @type.name) @mock.scope
(interface_declaration name: (identifier) @type.name)
(enum_declaration name: (identifier) @type.name)
(record_declaration name: (identifier) @type.name)
(local_variable_declaration type: (type_identifier) @object.type declarator: (variable_declarator name: (identifier) @object.name))
(field_declaration type: (type_identifier) @object.type declarator: (variable_declarator name: (identifier) @object.name))
; Mockito; with more arguments it may call the real one
((variable_declarator name: (identifier) @mock.object value: (method_invocation name: (identifier) @_f arguments: (argument_list . (class_literal (type_identifier) @mock.type) .)))
 (#eq? @_f "mock"))
((assignment_expression left: [(identifier) @mock.object (field_access field: (identifier) @mock.object)]
   right: (method_invocation name: (identifier) @_f arguments: (argument_list . (class_literal (type_identifier) @mock.type) .)))
 (#eq? @_f "mock"))
((field_declaration (modifiers (marker_annotation name: (identifier) @_a)) type: (type_identifier) @mock.type declarator: (variable_declarator name: (identifier) @mock.object))
 (#any-of? @_a "Mock" "MockBean" "MockitoBean"))
((method_invocation name: (identifier) @_f arguments: (argument_list . (class_literal (type_identifier) @mock.type @mock.object) .))
 (#eq? @_f "mockStatic"))
((try_with_resources_statement resources: (resource_specification (resource value: (method_invocation name: (identifier) @_f)))) @mock.scope
 (#match? @_f "^mock"))
((method_invocation name: (identifier) @_w arguments: (argument_list . (method_invocation object: (identifier) @mock.of name: (identifier) @mock.name) .))
 (#any-of? @_w "when" "given"))
((method_invocation object: (method_invocation object: (method_invocation name: (identifier) @_d) name: (identifier) @_w arguments: (argument_list . (identifier) @mock.of .)) name: (identifier) @mock.name)
 (#match? @_d "^(do|will)[A-Z]") (#any-of? @_w "when" "given"))
((method_invocation object: (method_invocation name: (identifier) @_w arguments: (argument_list . [
     (method_invocation name: (identifier) @mock.real) (lambda_expression body: (method_invocation name: (identifier) @mock.real)) (method_reference (identifier) (identifier) @mock.real)])) name: (identifier) @_r)
 (#any-of? @_w "when" "given") (#any-of? @_r "thenCallRealMethod" "willCallRealMethod"))
((method_invocation object: (method_invocation object: (method_invocation name: (identifier) @_d) name: (identifier) @_w) name: (identifier) @mock.real)
 (#any-of? @_d "doCallRealMethod" "willCallRealMethod") (#any-of? @_w "when" "given"))
((method_invocation name: (identifier) @_w arguments: (argument_list) @not-call)
 (#any-of? @_w "when" "given" "verify"))

; --- assertions ---
((method_invocation name: (identifier) @_f) @assert
 (#match? @_f "^(assert|verify|expect|fail|check|should|ensure|andExpect|andDo|then|given)|^(isEqualTo|isTrue|isFalse|isNotNull|containsExactly|hasSize|isInstanceOf)$"))
(assert_statement) @assert
((throw_statement (object_creation_expression type: (_) @_t)) @assert
 (#match? @_t "Assertion"))
; @Test(expected = …)
((modifiers (annotation name: (_) @_a arguments: (annotation_argument_list (element_value_pair key: (identifier) @_k)) @assert))
 (#match? @_a "Test$") (#match? @_k "^expected"))

; --- skip ---
(modifiers [(marker_annotation name: (_) @_a) (annotation name: (_) @_a)] @is.skip
 (#match? @_a "^([a-zA-Z.]*\\.)?(Disabled|Ignore|Ignored)$"))
(modifiers [(marker_annotation name: (_) @_a) (annotation name: (_) @_a)] @is.conditional-skip
 (#match? @_a "^([a-zA-Z.]*\\.)?(Disabled|Enabled)(On|If|For)"))
((modifiers (annotation name: (_) @_a arguments: (annotation_argument_list (element_value_pair key: (identifier) @_k value: (false)))) @is.skip)
 (#match? @_a "Test$") (#eq? @_k "enabled"))
((method_invocation name: (identifier) @_f arguments: (argument_list . (false))) @is.skip (#any-of? @_f "assumeTrue" "assumeThat"))
((method_invocation name: (identifier) @_f arguments: (argument_list . (true))) @is.skip (#any-of? @_f "assumeFalse"))
((method_invocation name: (identifier) @_f) @is.conditional-skip (#match? @_f "^assume(True|False|That|NotNull|NoException)$"))

; --- the end of the process ---
((method_invocation object: (_) @_o name: (identifier) @_f) @is.exit
 (#match? @_o "^(java\\.lang\\.)?(System|Runtime\\.getRuntime\\(\\))$") (#any-of? @_f "exit" "halt"))
(lambda_expression) @may.exit

; --- network, time ---
((object_creation_expression type: (_) @_t arguments: (argument_list . (string_literal) @_u)) @is.network
 (#any-of? @_t "URL") (#match? @_u "https?://") (#not-match? @_u "localhost|127\\.0\\.0\\.1|example\\.(com|org|net)"))
((method_invocation object: (_) @_o name: (identifier) @_f) @is.sleep
 (#match? @_o "^(Thread|TimeUnit\\.[A-Z]+)$") (#eq? @_f "sleep"))

; --- swallowed ---
((try_statement body: (block) @swallow.body (catch_clause (catch_formal_parameter (catch_type) @_t) body: (block) @_b)) @is.swallow
 (#match? @_t "\\b(Exception|Throwable|Error|AssertionError|RuntimeException)\\b")
 (#match? @_b "^\\{\\s*((//[^\n]*|/\\*[^*]*\\*/|return;|[a-z]+\\.printStackTrace\\(\\);)\\s*)*\\}$"))

; --- always true ---
((method_invocation name: (identifier) @_f arguments: (argument_list . (true))) @is.tautology
 (#eq? @_f "assertTrue"))
((method_invocation name: (identifier) @_f arguments: (argument_list . (false))) @is.tautology
 (#eq? @_f "assertFalse"))
((method_invocation name: (identifier) @_f arguments: (argument_list . [(decimal_integer_literal) (string_literal) (true) (false) (null_literal)] @_l . [(decimal_integer_literal) (string_literal) (true) (false) (null_literal)] @_r)) @is.tautology
 (#any-of? @_f "assertEquals" "assertSame") (#eq? @_l @_r))
((method_invocation name: (identifier) @_f arguments: (argument_list . (null_literal) .)) @is.tautology
 (#eq? @_f "assertNull"))
((assert_statement . (true)) @is.tautology)
((method_invocation name: (identifier) @_f arguments: (argument_list . [(identifier) (field_access)] @_l . [(identifier) (field_access)] @_r)) @is.self-compare
 (#any-of? @_f "assertEquals" "assertSame") (#eq? @_l @_r))

; --- comments ---
([(line_comment) (block_comment)] @is.comment-claim
 (#match? @is.comment-claim "^(//+|/\\*+)[ \t\n*]*(@Test|assert[A-Z][A-Za-z]*\\()"))
([(line_comment) (block_comment)] @is.comment-claim
 (#match? @is.comment-claim "[Aa]ll (the )?tests? (pass|passed)|([Vv]erified|[Tt]ested|[Cc]hecked) (manually|by hand)"))
