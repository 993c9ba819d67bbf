; What a test must not do: src/validate/guard.h has the names of captures.

; --- tests and functions ---
(function_definition name: (identifier) @function.name) @function

((module (function_definition name: (identifier) @test.name) @test)
 (#match? @test.name "^test"))
((module (decorated_definition
   definition: (function_definition name: (identifier) @test.name)) @test)
 (#match? @test.name "^test"))
((class_definition body: (block
   (function_definition name: (identifier) @test.name) @test))
 (#match? @test.name "^test"))
((class_definition body: (block (decorated_definition
   definition: (function_definition name: (identifier) @test.name)) @test))
 (#match? @test.name "^test"))
; tests made in a block: if sys.platform == …: def test_…
((module (if_statement consequence: (block
   (function_definition name: (identifier) @test.name) @test)))
 (#match? @test.name "^test"))

((decorated_definition (decorator (_) @_d)) @not-test
 (#match? @_d "^(pytest\\.|pytest_asyncio\\.)?fixture|^(property|staticmethod|contextmanager|contextlib)"))
; a doctest module, a behave step
((call function: (attribute attribute: (identifier) @_f)) @test.main @assert
 (#eq? @_f "testmod"))

(call function: (identifier) @call.name)
(call function: (attribute attribute: (identifier) @call.name))
; check = partial(…), methods given as values
(argument_list (identifier) @call.name)
(decorator (identifier) @call.name)

; --- assertions ---
(assert_statement) @assert
((call function: (identifier) @_f) @assert
 (#match? @_f "^(assert|expect|verify|check|ensure|should|fail|raises|warns|deprecated_call|approx_equal)|_(assert|should|must)"))
((call function: (attribute attribute: (identifier) @_f)) @assert
 (#match? @_f "^(_?assert|expect|verify|check|ensure|should|fail$|raises|warns|deprecated_call|match_snapshot|to_equal|to_be)"))
((raise_statement (call function: (identifier) @_e)) @assert
 (#match? @_e "^(AssertionError|Failed)$"))
((raise_statement (identifier) @_e) @assert (#eq? @_e "AssertionError"))

; --- skip ---
((decorator (_) @is.skip)
 (#match? @is.skip "^(pytest\\.)?mark\\.(skip|xfail)\\b|^(unittest\\.)?(skip|expectedFailure)\\b"))
((decorator (call function: (_) @_f arguments: (argument_list . (_) @_c)) @is.conditional-skip)
 (#not-match? @_c "^(True|False|1|0)$")
 (#match? @_f "^(pytest\\.)?mark\\.skipif$|^(unittest\\.)?skip(If|Unless)$"))
((decorator (call function: (_) @_f arguments: (argument_list . [(true) (integer)])) @is.skip)
 (#match? @_f "^(pytest\\.)?mark\\.skipif$|^(unittest\\.)?skipIf$"))
((decorator (call function: (_) @_f arguments: (argument_list . (false))) @is.skip)
 (#match? @_f "^(unittest\\.)?skipUnless$"))
((call function: (_) @_f) @is.skip.call
 (#match? @_f "^pytest\\.(skip|xfail)$|^self\\.skipTest$|SkipTest$"))
((call function: (_) @_f) @is.conditional-skip
 (#match? @_f "^pytest\\.importorskip$"))
(if_statement consequence: (block (expression_statement
  (call function: (_) @_f) @may.skip.call @is.conditional-skip))
 (#match? @_f "^pytest\\.(skip|xfail)$|^self\\.skipTest$"))
((assignment left: (identifier) @_l right: (_) @is.skip)
 (#eq? @_l "pytestmark") (#match? @is.skip "mark\\.(skip|xfail)\\b"))
((assignment left: (identifier) @_l right: (_)) @is.skip
 (#any-of? @_l "__test__" "collect_ignore" "collect_ignore_glob"))

; --- the end of the process ---
((call function: (_) @_f) @is.exit
 (#any-of? @_f "os._exit" "os.abort" "_exit"))
((call function: (_) @_f) @is.exit.soft
 (#any-of? @_f "sys.exit" "exit" "quit" "pytest.exit"))
((raise_statement (_) @_e) @is.exit.soft (#match? @_e "^SystemExit\\b"))
((call function: (_) @_f arguments: (argument_list . (_) @_p)) @is.exit
 (#any-of? @_f "os.kill" "os.killpg") (#match? @_p "getpid|getpgrp"))
; in a child, or as the very thing that is tested
((if_statement condition: (_) @_c consequence: (_) @may.exit)
 (#match? @_c "pid|fork|child"))
((if_statement condition: (_) @_c) @may.exit.soft (#match? @_c "__name__"))
((with_statement (with_clause) @_w) @may.exit.soft
 (#match? @_w "[rR]aises|SystemExit"))
(lambda) @may.exit.soft
(function_definition body: (block (function_definition) @may.exit.soft))
(function_definition body: (block (decorated_definition) @may.exit.soft))
; not in a test, nor called by one: what a child runs
((function_definition name: (identifier) @_n) @may.exit
 (#match? @_n "child|worker|subprocess|^main$|^_?run_in"))

; --- network, time ---
((call function: (_) @_f arguments: (argument_list . (string) @_u)) @is.network
 (#match? @_f "^(requests|httpx)\\.(get|post|put|patch|delete|head|request)$|urlopen$|urlretrieve$")
 (#match? @_u "https?://") (#not-match? @_u "localhost|127\\.0\\.0\\.1|\\[::1\\]|\\.(test|invalid|example)\\b|example\\.(com|org|net)"))
((call function: (_) @_f arguments: (argument_list . (_) @_t)) @is.sleep
 (#any-of? @_f "time.sleep" "sleep" "asyncio.sleep" "trio.sleep" "anyio.sleep")
 (#not-match? @_t "^(0|0\\.0|0\\.)$"))

; --- swallowed ---
((try_statement body: (block) @swallow.body (except_clause . (block . [(pass_statement) (continue_statement) (return_statement) (expression_statement (ellipsis))] .))) @is.swallow)
((try_statement body: (block) @swallow.body (except_clause . (_) @_e (block . [(pass_statement) (continue_statement) (return_statement) (expression_statement (ellipsis))] .))) @is.swallow
 (#match? @_e "\\b(Exception|BaseException|AssertionError)\\b"))
((try_statement body: (block) @swallow.body (except_clause . (block . (expression_statement (call function: (_) @_p)) .))) @is.swallow
 (#match? @_p "^(print$|log(ger|ging)?\\.|warnings\\.warn$|traceback\\.)"))
((try_statement body: (block) @swallow.body (except_clause . (_) @_e (block . (expression_statement (call function: (_) @_p)) .))) @is.swallow
 (#match? @_e "\\b(Exception|BaseException|AssertionError)\\b")
 (#match? @_p "^(print$|log(ger|ging)?\\.|warnings\\.warn$|traceback\\.)"))
((with_statement (with_clause) @_w body: (block) @swallow.body) @is.swallow
 (#match? @_w "^(contextlib\\.)?suppress\\(([^)]*\\W)?(Exception|BaseException|AssertionError)\\b"))

; --- always true ---
(assert_statement . [(true) (integer) (float) (string) (tuple (_) (_))]) @is.tautology
((assert_statement . (not_operator argument: [(false) (none)])) @is.tautology)
((assert_statement . (comparison_operator . [(integer) (float) (string) (true) (false) (none)] @_l [(integer) (float) (string) (true) (false) (none)] @_r .) @_c) @is.tautology
 (#match? @_c "==|<=|>=|[^t] is [^n]") (#eq? @_l @_r))
((assert_statement . (boolean_operator operator: "or" right: (true))) @is.tautology)
((call function: (attribute attribute: (identifier) @_f) arguments: (argument_list . (true))) @is.tautology
 (#any-of? @_f "assertTrue" "assertIsNotNone"))
((call function: (attribute attribute: (identifier) @_f) arguments: (argument_list . [(false) (none)])) @is.tautology
 (#any-of? @_f "assertFalse"))
((call function: (attribute attribute: (identifier) @_f) arguments: (argument_list . (none))) @is.tautology
 (#eq? @_f "assertIsNone"))
((call function: (attribute attribute: (identifier) @_f) arguments: (argument_list . [(integer) (float) (string) (true) (false) (none)] @_l . [(integer) (float) (string) (true) (false) (none)] @_r)) @is.tautology
 (#any-of? @_f "assertEqual" "assertEquals" "assertIs" "assertAlmostEqual") (#eq? @_l @_r))
((assert_statement . (comparison_operator . [(identifier) (attribute)] @_l [(identifier) (attribute)] @_r .) @_c) @is.self-compare
 (#match? @_c "==|<=|>=| is [^n]") (#eq? @_l @_r))
((call function: (attribute attribute: (identifier) @_f) arguments: (argument_list . [(identifier) (attribute)] @_l . [(identifier) (attribute)] @_r)) @is.self-compare
 (#any-of? @_f "assertEqual" "assertEquals" "assertIs" "assertAlmostEqual") (#eq? @_l @_r))

; --- mocks ---
((call function: (_) @_f arguments: (argument_list . (string (string_content) @mock.name)))
 (#match? @_f "(^|\\.)patch$|^monkeypatch\\.setattr$"))
((call function: (_) @_f arguments: (argument_list . (_) @mock.of . (string (string_content) @mock.name)))
 (#match? @_f "(^|\\.)patch\\.object$|^monkeypatch\\.setattr$|^setattr$"))
((assignment left: (attribute object: (_) @mock.of attribute: (identifier) @mock.name) right: [(lambda) (call function: (_) @_m)])
 (#match? @_m "Mock$"))
((assignment left: (subscript value: (_) @_s subscript: (string (string_content) @mock.name @mock.module)) right: (_))
 (#eq? @_s "sys.modules"))

((with_statement (with_clause) @_w) @mock.scope (#match? @_w "patch"))
(decorated_definition) @mock.scope
(class_definition) @mock.scope
(class_definition name: (identifier) @type.name)
(assignment left: [(identifier) (attribute)] @object.name right: (call function: [(identifier) @object.type (attribute attribute: (identifier) @object.type)]))
(call function: (attribute object: [(identifier) (attribute)] @call.of attribute: (identifier) @call.name))
(call function: (attribute object: (call function: [(identifier) @call.of (attribute attribute: (identifier) @call.of)]) attribute: (identifier) @call.name))

; --- comments ---
((comment) @is.comment-claim
 (#match? @is.comment-claim "^#+\\s*(assert\\s|self\\.assert[A-Z]|(async )?def test_|with pytest\\.raises)"))
((comment) @is.comment-claim
 (#match? @is.comment-claim "[Aa]ll (the )?tests? (pass|passed)|([Vv]erified|[Tt]ested|[Cc]hecked) (manually|by hand)"))
