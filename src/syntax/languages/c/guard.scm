; What a test must not do: src/validate/guard.h has the names of captures.

; --- tests and functions ---
(function_definition
  declarator: (function_declarator declarator: (identifier) @function.name @mock.name)) @function @mock.by
(function_definition
  declarator: (pointer_declarator (function_declarator declarator: (identifier) @function.name @mock.name))) @function @mock.by
; a macro of the file
((preproc_function_def name: (identifier) @function.name value: (preproc_arg) @_v) @function @assert
 (#match? @_v "assert|ASSERT|EXPECT|REQUIRE|CHECK|abort|exit|fail|FAIL|return"))
((preproc_function_def name: (identifier) @function.name @mock.name value: (preproc_arg)) @function @mock.by)

; Check
((function_definition type: (type_identifier) @_t
   declarator: (parenthesized_declarator (identifier) @test.name)) @test
 (#any-of? @_t "START_TEST" "TEST" "Test" "CTEST" "TEST_CASE"))
; cmocka, Unity, munit, CUnit, plain
((function_definition type: (_) @_t
   declarator: (function_declarator declarator: (identifier) @test.name
                                    parameters: (parameter_list) @_p)) @test
 (#match? @_t "^(void|int|bool|MunitResult|char)$")
 (#match? @test.name "^test_?[A-Za-z0-9]|_test$")
 (#not-match? @test.name "_(setup|teardown|init|cleanup|main|free|new|make|create)$|^test_(setup|teardown|main)")
 (#match? @_p "^\\(\\s*(void)?\\s*\\)$|void\\s*\\*\\*|MunitParameter"))
; TEST(group, name) { … } and its kin
((function_definition
   declarator: (function_declarator declarator: (identifier) @_t
                                    parameters: (parameter_list) @test.name)) @test
 (#match? @_t "^(TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|Test|ParameterizedTest|Theory|CTEST|CTEST2|IGNORE_TEST|SCENARIO|TEST_CASE|TEST_CASE_METHOD|BOOST_AUTO_TEST_CASE)$"))
((expression_statement (call_expression function: (identifier) @_t
                                        arguments: (argument_list) @test.name))
 . (compound_statement) @test
 (#match? @_t "^(TEST|TEST_F|TEST_P|Test|CTEST|SCENARIO|TEST_CASE|TEST_CASE_METHOD|BOOST_AUTO_TEST_CASE)$"))
((ERROR (function_declarator declarator: (identifier) @_t)) . (compound_statement) @test
 (#match? @_t "^(TEST|Test|CTEST|TEST_CASE)$"))

; what the preprocessor takes out
((preproc_if condition: (number_literal) @_n !alternative) @not-test
 (#eq? @_n "0"))

((function_definition
   declarator: (function_declarator declarator: (identifier) @test.name)) @test.main
 (#eq? @test.name "main"))

(call_expression function: (identifier) @call.name)
(call_expression function: (field_expression field: (field_identifier) @call.name))
; a function that is given to another
(argument_list (identifier) @call.name)
(argument_list (pointer_expression argument: (identifier) @call.name))
(initializer_list (identifier) @call.name)

; --- assertions ---
((call_expression function: (identifier) @_f) @assert
 (#match? @_f "assert|Assert|ASSERT|EXPECT|REQUIRE|^(ck_|cr_|CU_|mu_|tap_|zassert)|(^|_)(expect|verify|VERIFY|check|CHECK|ensure|require|should|fail|FAIL|must)(_|$)|^(ok|is|isnt|cmp_ok|cmp_mem|like|abort|err|errx|die|fail_if|fail_unless|SUCCEED_IF|THROWS)$"))
((call_expression function: (identifier) @_f arguments: (argument_list . (_) @_s)) @assert
 (#match? @_f "^(_?exit|_Exit|quick_exit)$") (#not-match? @_s "^(0|EXIT_SUCCESS)$"))
; a program that counts what went wrong
(function_definition
  declarator: (function_declarator declarator: (identifier) @_n)
  body: (compound_statement (if_statement consequence: (_) @assert))
  (#eq? @_n "main") (#match? @assert "return\\s+[^0;]|fail|err|\\bbad\\b|not ok"))
(if_statement consequence: (_) @assert
  (#match? @assert "return\\s+(-?[1-9]|EXIT_FAILURE|false|-?[A-Z_]*(FAIL|ERR))|(fail|err|bad)[a-z_]*\\s*(\\+\\+|\\+= ?1|= ?(1|true))|\\+\\+ ?[a-z_.>-]*(fail|err)"))

; it must end as said here
((call_expression function: (identifier) @_f arguments: (argument_list (identifier) @asserts))
 (#match? @_f "^tcase_add_(loop_)?(exit_test|test_raise_signal)$|^tcase_add_loop_(exit_test|test_raise_signal)$"))

; --- skip ---
((call_expression function: (identifier) @_f) @is.skip.call
 (#match? @_f "^(GTEST_SKIP|SKIP|cr_skip|cr_skip_test|skip|TEST_IGNORE|TEST_IGNORE_MESSAGE|TEST_PASS|TEST_PASS_MESSAGE|CU_PASS)$"))
(if_statement consequence: (_) @may.skip.call)
((return_statement (identifier) @is.skip) (#any-of? @is.skip "MUNIT_SKIP"))
((function_declarator declarator: (identifier) @_t parameters: (parameter_list) @is.skip)
 (#any-of? @_t "IGNORE_TEST"))
((function_declarator declarator: (identifier) @_t parameters: (parameter_list) @is.skip)
 (#match? @_t "^(TEST|TEST_F|TEST_P|TYPED_TEST)$") (#match? @is.skip "DISABLED_"))

; --- the end of the process ---
((call_expression function: (identifier) @_f arguments: (argument_list . (_) @_s)) @is.exit
 (#any-of? @_f "exit" "_exit" "_Exit" "quick_exit") (#match? @_s "^(0|EXIT_SUCCESS)$"))
((call_expression function: (identifier) @_f arguments: (argument_list . (_) @_s)) @is.exit
 (#any-of? @_f "kill") (#match? @_s "getpid"))
; in a child, in main, or as the very thing that is tested
((if_statement condition: (_) @_c consequence: (_) @may.exit)
 (#match? @_c "pid|fork|child"))
((switch_statement condition: (_) @_c body: (_) @may.exit)
 (#match? @_c "pid|fork|child"))
((function_definition declarator: (_) @_n) @may.exit
 (#match? @_n "\\bmain\\b|child|worker"))
((function_definition type: (_) @_t) @may.exit (#any-of? @_t "_Noreturn" "noreturn"))
((call_expression function: (identifier) @_f) @may.exit
 (#match? @_f "EXIT|DEATH|exit_"))

; --- network, time ---
((call_expression function: (identifier) @_f) @is.network
 (#match? @_f "^(getaddrinfo|gethostbyname|curl_easy_perform)$"))
((call_expression function: (identifier) @_f arguments: (argument_list . (_) @_t)) @is.sleep
 (#any-of? @_f "sleep" "usleep" "nanosleep" "thrd_sleep" "clock_nanosleep")
 (#not-eq? @_t "0"))

; --- always true ---
((call_expression function: (identifier) @_f arguments: (argument_list . [(number_literal) (true)] @_a)) @is.tautology
 (#match? @_f "^(assert|ck_assert|ck_assert_msg|cr_assert|assert_true|TEST_ASSERT|TEST_ASSERT_TRUE|TEST_ASSERT_TRUE_MESSAGE|CU_ASSERT|CU_ASSERT_TRUE|munit_assert|munit_assert_true|EXPECT_TRUE|ASSERT_TRUE|CHECK|REQUIRE|g_assert|g_assert_true)$")
 (#not-match? @_a "^0$"))
((call_expression function: (identifier) @_f arguments: (argument_list . [(number_literal) (false)] @_a)) @is.tautology
 (#match? @_f "^(assert_false|TEST_ASSERT_FALSE|CU_ASSERT_FALSE|munit_assert_false|EXPECT_FALSE|ASSERT_FALSE|g_assert_false)$")
 (#match? @_a "^(0|false)$"))
((call_expression function: (identifier) @_f
   arguments: (argument_list . (binary_expression left: [(number_literal) (string_literal) (char_literal) (true) (false)] @_l right: [(number_literal) (string_literal) (char_literal) (true) (false)] @_r) @_b)) @is.tautology
 (#match? @_f "[aA]ssert|ASSERT|EXPECT|CHECK|REQUIRE") (#match? @_b "==|<=|>=") (#eq? @_l @_r))
((call_expression function: (identifier) @_f
   arguments: (argument_list . [(number_literal) (string_literal) (char_literal) (true) (false)] @_l . [(number_literal) (string_literal) (char_literal) (true) (false)] @_r)) @is.tautology
 (#match? @_f "(_eq|_EQ|_EQUAL|_equal|_STREQ|_EQUAL_INT|_EQUAL_STRING)(_msg)?$") (#eq? @_l @_r))
((call_expression function: (identifier) @_f
   arguments: (argument_list . (binary_expression left: (_) @_l right: (_) @_r) @_b)) @is.self-compare
 (#match? @_f "[aA]ssert|ASSERT|EXPECT|CHECK|REQUIRE") (#match? @_b "^[A-Za-z0-9_.>-]+ *(==|<=|>=)") (#match? @_l "^[A-Za-z_]") (#not-match? @_l "\\(") (#eq? @_l @_r))
((call_expression function: (identifier) @_f
   arguments: (argument_list . [(identifier) (field_expression)] @_l . [(identifier) (field_expression)] @_r)) @is.self-compare
 (#match? @_f "(_eq|_EQ|_EQUAL|_equal|_STREQ|_EQUAL_INT|_EQUAL_STRING)(_msg)?$") (#eq? @_l @_r))

; --- comments ---
((comment) @is.comment-claim
 (#match? @is.comment-claim "^(//+|/\\*+)[ \t\n*]*(START_TEST|TEST(_F)?\\(|ck_assert|assert(_[a-z_]+)? ?\\(|EXPECT_|ASSERT_|cr_assert|TEST_ASSERT)"))
((comment) @is.comment-claim
 (#match? @is.comment-claim "[Aa]ll (the )?tests? (pass|passed)|([Vv]erified|[Tt]ested|[Cc]hecked) (manually|by hand)"))
((preproc_if condition: (number_literal) @_n) @is.comment-claim
 (#eq? @_n "0") (#match? @is.comment-claim "assert|ASSERT|EXPECT|TEST"))
