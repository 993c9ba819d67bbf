; What a test must not do: src/validate/guard.h has the names of captures.

(function_item name: (identifier) @function.name) @function
(impl_item body: (declaration_list (function_item name: (identifier) @function.name @function.of) @function))
(let_declaration pattern: (identifier) @function.name value: (closure_expression)) @function
((macro_definition name: (identifier) @function.name) @function @assert
 (#match? @assert "assert|panic|expect|unreachable"))

; #[test], #[tokio::test], #[rstest], #[test_case(…)], with others around it
((attribute_item) @_a . [(attribute_item) (line_comment) (block_comment)]* . (function_item name: (identifier) @test.name) @test
 (#match? @_a "^#\\[\\s*([a-z_]+::)*(test|rstest|test_case|quickcheck|test_log|proptest|wasm_bindgen_test)\\b"))
((macro_invocation macro: (_) @_m (token_tree) @_b) @test
 (#match? @_m "^(proptest::)?(proptest|quickcheck)$") (#match? @_b "fn\\s"))

(call_expression function: (identifier) @call.name)
(call_expression function: (scoped_identifier name: (identifier) @call.name))
(call_expression function: (field_expression field: (field_identifier) @call.name))
(arguments (identifier) @call.name)
(macro_invocation macro: (identifier) @call.name)
; in the arguments of a macro there are only words
((token_tree (identifier) @call.name (token_tree)))
(token_tree (identifier) @call.of . ["." "::"] . (identifier) @call.name . (token_tree))
(call_expression function: (scoped_identifier path: (_) @call.of name: (identifier) @call.name))
(call_expression function: (field_expression value: (identifier) @call.of field: (field_identifier) @call.name))

; --- types, objects, mocks ---
(struct_item name: (type_identifier) @type.name)
(enum_item name: (type_identifier) @type.name)
(trait_item name: (type_identifier) @type.name)
; mockall
((let_declaration pattern: (identifier) @mock.object value: (call_expression function: (scoped_identifier path: (identifier) @mock.type)))
 (#match? @mock.type "^Mock[A-Z]"))
; a function or a module of the test's
((mod_item body: (_) @_b) @mock.scope (#match? @_b "#\\[\\s*([a-z_]+::)*(test|rstest)\\b"))
(source_file (function_item . name: (identifier) @mock.name) @mock.by)
(mod_item body: (declaration_list (function_item . name: (identifier) @mock.name) @mock.by))
(block (function_item . name: (identifier) @mock.name) @mock.by)
(mod_item name: (identifier) @mock.of body: (declaration_list (function_item (visibility_modifier) name: (identifier) @mock.name) @mock.by))

; --- assertions ---
((macro_invocation macro: (_) @_m) @assert
 (#match? @_m "assert|^(panic|unreachable|expect|check|verify|ensure|bail|fail)$|^insta::"))
((token_tree (identifier) @assert)
 (#match? @assert "^(prop_)?(debug_)?assert(_eq|_ne|_matches)?$|^panic$"))
((call_expression function: (identifier) @_f) @assert
 (#match? @_f "^(assert|check|verify|expect|ensure|should|must)"))
((call_expression function: (field_expression field: (field_identifier) @_f)) @assert
 (#match? @_f "^(assert|should|expect_err|unwrap_err|unwrap_none|expect_none|verify|checkpoint)|^(success|failure|stdout|stderr|code)$"))
((call_expression function: (scoped_identifier name: (identifier) @_f)) @assert
 (#match? @_f "^(assert|check|verify|expect|ensure)"))
((attribute_item) @_a . (attribute_item)* . (function_item name: (identifier) @asserts)
 (#match? @_a "should_panic"))
((attribute_item) @_a . (attribute_item)* . (function_item name: (identifier) @asserts body: (block (_) @_b .))
 (#match? @_a "quickcheck|test_case\\(.*=>"))

; --- skip ---
((attribute_item) @is.skip (#match? @is.skip "^#\\[\\s*ignore\\b"))
((attribute_item) @is.skip (#match? @is.skip "^#\\[\\s*cfg\\((any|not\\(all|FALSE|false)\\(?\\)\\)"))
((attribute_item) @is.conditional-skip (#match? @is.conditional-skip "^#\\[\\s*cfg_attr\\(.*ignore"))

; --- the end of the process ---
((call_expression function: (_) @_f) @is.exit
 (#any-of? @_f "std::process::exit" "process::exit" "std::process::abort" "process::abort" "exit" "libc::_exit" "libc::exit"))
((if_expression condition: (_) @_c consequence: (_) @may.exit)
 (#match? @_c "env::var|fork|child"))
((function_item name: (identifier) @_n) @may.exit (#match? @_n "^main$|child|helper"))

; --- network, time ---
((call_expression function: (_) @_f arguments: (arguments . (string_literal) @_u)) @is.network
 (#match? @_f "reqwest::(blocking::)?get$|ureq::(get|post)$")
 (#match? @_u "https?://") (#not-match? @_u "localhost|127\\.0\\.0\\.1|example\\.(com|org|net)"))
((call_expression function: (_) @_f) @is.sleep
 (#match? @_f "(^|thread::|time::)sleep$"))

; --- swallowed ---
((let_declaration pattern: "_" value: (call_expression function: (_) @_f arguments: (arguments) @swallow.body)) @is.swallow
 (#match? @_f "catch_unwind$"))
((expression_statement (call_expression function: (field_expression value: (call_expression function: (_) @_f arguments: (arguments) @swallow.body) field: (field_identifier) @_o))) @is.swallow
 (#match? @_f "catch_unwind$") (#match? @_o "^(ok|unwrap_or|unwrap_or_default|unwrap_or_else)$"))

; --- always true ---
((macro_invocation macro: (identifier) @_m (token_tree) @_t) @is.tautology
 (#any-of? @_m "assert" "debug_assert") (#match? @_t "^\\(\\s*(true|!\\s*false|1 == 1|true == true)\\s*[,)]"))
((macro_invocation macro: (identifier) @_m (token_tree . [(integer_literal) (boolean_literal) (string_literal)] @_l . [(integer_literal) (boolean_literal) (string_literal)] @_r)) @is.tautology
 (#any-of? @_m "assert_eq" "debug_assert_eq") (#eq? @_l @_r))
((macro_invocation macro: (identifier) @_m (token_tree . (identifier) @_l . (identifier) @_r) @_t) @is.self-compare
 (#any-of? @_m "assert_eq" "debug_assert_eq") (#match? @_t "^\\( *[a-z_0-9]+ *, *[a-z_0-9]+ *[,)]") (#eq? @_l @_r))

; --- comments ---
([(line_comment) (block_comment)] @is.comment-claim
 (#match? @is.comment-claim "^(//+|/\\*+)[ \t\n*!]*(assert(_eq|_ne)?!|#\\[test\\])"))
([(line_comment) (block_comment)] @is.comment-claim
 (#match? @is.comment-claim "[Aa]ll (the )?tests? (pass|passed)|([Vv]erified|[Tt]ested|[Cc]hecked) (manually|by hand)"))
