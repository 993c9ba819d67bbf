; What a test must not do: src/validate/guard.h has the names of captures.

(method name: (identifier) @function.name) @function
(singleton_method name: (identifier) @function.name) @function
((call method: (identifier) @_m arguments: (argument_list . (simple_symbol) @_s)) @function
 (#any-of? @_m "define_method"))

; minitest, test-unit
((method name: (identifier) @test.name) @test (#match? @test.name "^test"))
; rspec, and `test "…" do`
((call !receiver method: (identifier) @_m arguments: (argument_list . (_) @test.name) block: (_)) @test
 (#match? @_m "^(it|specify|example|test|scenario|xit|fit|xspecify|fspecify|property)$"))
((call !receiver method: (identifier) @_m !arguments block: (_)) @test
 (#match? @_m "^(it|specify|example)$"))

(call method: (identifier) @call.name)
(call receiver: [(constant) @call.of (identifier) @call.of (instance_variable) @call.of (scope_resolution name: (constant) @call.of)] method: (identifier) @call.name)
((call receiver: (call receiver: [(constant) @call.of (identifier) @call.of (scope_resolution name: (constant) @call.of)] method: (identifier) @_n) method: (identifier) @call.name)
 (#eq? @_n "new"))

; --- types, objects, mocks ---
(class name: [(constant) @type.name (scope_resolution name: (constant) @type.name)])
(module name: [(constant) @type.name (scope_resolution name: (constant) @type.name)])
((assignment left: [(identifier) (instance_variable)] @object.name right: (call receiver: [(constant) @object.type (scope_resolution name: (constant) @object.type)] method: (identifier) @_n))
 (#eq? @_n "new"))
((call method: (identifier) @_l arguments: (argument_list . (simple_symbol) @object.name) block: (block body: (block_body . (call receiver: [(constant) @object.type (scope_resolution name: (constant) @object.type)] method: (identifier) @_n) .)))
 (#any-of? @_l "let" "let!" "subject") (#eq? @_n "new"))
((call method: (identifier) @_l arguments: (argument_list . (simple_symbol) @object.name) block: (block body: (block_body . (call receiver: (identifier) @_d method: (identifier) @_n) .)))
 (#any-of? @_l "let" "let!" "subject") (#eq? @_d "described_class") (#eq? @_n "new"))
((identifier) @object.name (#any-of? @object.name "described_class" "subject"))
; rspec
((call receiver: (call method: (identifier) @_a arguments: (argument_list . [(constant) @mock.of (identifier) @mock.of (instance_variable) @mock.of (scope_resolution name: (constant) @mock.of)] .)) method: (identifier) @_to arguments: (argument_list . [
   (call !receiver method: (identifier) @_r arguments: (argument_list . (simple_symbol) @mock.name))
   (call receiver: (call !receiver method: (identifier) @_r arguments: (argument_list . (simple_symbol) @mock.name)))
   (call receiver: (call receiver: (call !receiver method: (identifier) @_r arguments: (argument_list . (simple_symbol) @mock.name))))
   (call !receiver method: (identifier) @_r arguments: (argument_list (pair key: (hash_key_symbol) @mock.name)))]))
 (#match? @_a "^(allow|expect)(_any_instance_of)?$") (#eq? @_to "to") (#any-of? @_r "receive" "receive_messages"))
((call receiver: [
   (call !receiver method: (identifier) @_r arguments: (argument_list . (simple_symbol) @mock.real))
   (call receiver: (call !receiver method: (identifier) @_r arguments: (argument_list . (simple_symbol) @mock.real)))] method: (identifier) @_o)
 (#eq? @_r "receive") (#any-of? @_o "and_call_original" "and_wrap_original"))
((assignment left: [(identifier) (instance_variable)] @mock.object right: (call method: (identifier) @_d arguments: (argument_list . [(constant) @mock.type (scope_resolution name: (constant) @mock.type) (string (string_content) @mock.type)])))
 (#match? @_d "^(instance_|class_|object_)?(double|spy)$"))
((call method: (identifier) @_l arguments: (argument_list . (simple_symbol) @mock.object) block: (block body: (block_body . (call method: (identifier) @_d arguments: (argument_list . [(constant) @mock.type (scope_resolution name: (constant) @mock.type) (string (string_content) @mock.type)])) .)))
 (#any-of? @_l "let" "let!" "subject") (#match? @_d "^(instance_|class_|object_)?(double|spy)$"))
; minitest, mocha
((call receiver: [(constant) @mock.of (identifier) @mock.of (instance_variable) @mock.of (scope_resolution name: (constant) @mock.of)
     (call receiver: (constant) @mock.of method: (identifier) @_i)] method: (identifier) @_s arguments: (argument_list . (simple_symbol) @mock.name))
 (#any-of? @_s "stub" "stubs" "define_method" "define_singleton_method") (#eq? @_i "any_instance"))
((call method: (identifier) @_s arguments: (argument_list . (simple_symbol) . (_)) block: (_)) @mock.scope
 (#eq? @_s "stub"))
((call method: (identifier) @_d block: (_)) @mock.scope
 (#match? @_d "^[fx]?(describe|context|feature)$"))
(class superclass: (_)) @mock.scope
; opened again
([(class name: (constant) @mock.of body: (body_statement [(method name: (identifier) @mock.name) (singleton_method name: (identifier) @mock.name)] @mock.by))
  (module name: (constant) @mock.of body: (body_statement [(method name: (identifier) @mock.name) (singleton_method name: (identifier) @mock.name)] @mock.by))
  (singleton_method object: (constant) @mock.of name: (identifier) @mock.name) @mock.by])
((call receiver: (constant) @mock.of method: (identifier) @_e block: [
   (do_block body: (body_statement [(method name: (identifier) @mock.name) (singleton_method name: (identifier) @mock.name)] @mock.by))
   (block body: (block_body [(method name: (identifier) @mock.name) (singleton_method name: (identifier) @mock.name)] @mock.by))])
 (#match? @_e "^(class|instance|module)_(eval|exec)$"))

; a call without arguments is a word
(body_statement (identifier) @call.name)
(block_body (identifier) @call.name)

; --- assertions ---
((call method: (identifier) @_m) @assert
 (#match? @_m "^(assert|refute|expect|must_|wont_|should|flunk|is_expected|are_expected|verify|check|ensure|fail|fail_with)|^(raises?|to|not_to|to_not)$"))
([(identifier) (call method: (identifier))] @assert
 (#match? @assert "^(is_expected|flunk|should|should_not)\\b"))
((call method: (identifier) @_m arguments: (argument_list . (constant) @_c)) @assert
 (#eq? @_m "raise") (#match? @_c "Assertion"))

; --- skip, focus ---
([(identifier) (call !receiver method: (identifier))] @is.skip.call
 (#match? @is.skip.call "^(skip|pending|omit|pend)\\b"))
(if consequence: (_) @may.skip.call @is.conditional-skip (#match? @is.conditional-skip "\\b(skip|pending|omit)\\b"))
((if_modifier body: (_) @may.skip.call @is.conditional-skip) (#match? @is.conditional-skip "^(skip|pending|omit)\\b"))
((unless_modifier body: (_) @may.skip.call @is.conditional-skip) (#match? @is.conditional-skip "^(skip|pending|omit)\\b"))
((call !receiver method: (identifier) @is.skip arguments: (_) block: (_))
 (#match? @is.skip "^(xit|xdescribe|xcontext|xspecify|xexample|xscenario|pending|skip)$"))
((call !receiver method: (identifier) @_m arguments: (argument_list . (string) .) !block) @is.skip
 (#match? @_m "^(it|specify|example)$"))
((call !receiver method: (identifier) @is.focus arguments: (_) block: (_))
 (#match? @is.focus "^(fit|fdescribe|fcontext|fspecify|fexample|focus)$"))
((call !receiver method: (identifier) @_m arguments: (argument_list [
   (pair key: (hash_key_symbol) @_k value: (_) @_v) (simple_symbol) @_k] @is.focus))
 (#match? @_m "^(it|specify|example|describe|context)$") (#match? @_k "^:?(focus|only)$") (#not-match? @_v "^(false|nil)$"))
((call !receiver method: (identifier) @_m arguments: (argument_list [
   (pair key: (hash_key_symbol) @_k value: (_) @_v) (simple_symbol) @_k] @is.skip))
 (#match? @_m "^(it|specify|example|describe|context)$") (#match? @_k "^:?(skip|pending)$") (#not-match? @_v "^(false|nil)$"))

; --- the end of the process ---
((call method: (identifier) @_m) @is.exit @_c
 (#match? @_m "^(exit|exit!|abort)$") (#match? @_c "^((Kernel|Process)\\.)?(exit|abort)"))
((body_statement (identifier) @is.exit) (#any-of? @is.exit "exit" "exit!" "abort"))
((block_body (identifier) @is.exit) (#any-of? @is.exit "exit" "exit!" "abort"))
; a child; the very thing that is tested
((call method: (identifier) @_m block: (_) @may.exit)
 (#match? @_m "^(fork|assert_raises|raise_error|expect|at_exit)$"))
(if condition: (_) @_c consequence: (_) @may.exit (#match? @_c "pid|fork"))

; --- network, time ---
((call receiver: (_) @_r method: (identifier) @_m arguments: (_) @_u) @is.network
 (#match? @_r "^(Net::HTTP|URI|Faraday|HTTParty)$") (#any-of? @_m "get" "post" "get_response" "open")
 (#match? @_u "https?://") (#not-match? @_u "localhost|127\\.0\\.0\\.1|example\\.(com|org|net)"))
((call !receiver method: (identifier) @_m arguments: (argument_list . (_) @_t)) @is.sleep
 (#eq? @_m "sleep") (#not-match? @_t "^0(\\.0)?$"))

; --- swallowed ---
((begin (rescue exceptions: (exceptions)? @_e body: (then)? @_b)) @is.swallow @swallow.body
 (#match? @_e "\\b(Exception|StandardError|Minitest::Assertion)\\b") (#match? @_b "^\\s*(nil|#[^\n]*)?\\s*$"))

; --- always true ---
((call method: (identifier) @_m arguments: (argument_list . [(true) (integer) (string)])) @is.tautology
 (#eq? @_m "assert"))
((call method: (identifier) @_m arguments: (argument_list . [(false) (nil)])) @is.tautology
 (#any-of? @_m "refute" "assert_nil"))
((call method: (identifier) @_m arguments: (argument_list . [(integer) (string) (true) (false) (nil) (simple_symbol)] @_l . [(integer) (string) (true) (false) (nil) (simple_symbol)] @_r)) @is.tautology
 (#any-of? @_m "assert_equal" "assert_same") (#eq? @_l @_r))
((call receiver: (call method: (identifier) @_e arguments: (argument_list . [(integer) (string) (true) (false) (nil)] @_l .)) method: (identifier) @_to
   arguments: (argument_list . (call method: (identifier) @_m arguments: (argument_list . [(integer) (string) (true) (false) (nil)] @_r .)))) @is.tautology
 (#eq? @_e "expect") (#any-of? @_to "to") (#any-of? @_m "eq" "be" "eql" "equal") (#eq? @_l @_r))
((call receiver: (call method: (identifier) @_e arguments: (argument_list . (true) .)) method: (identifier) @_to
   arguments: (argument_list . [(identifier) (call)] @_m .)) @is.tautology
 (#eq? @_e "expect") (#any-of? @_to "to") (#match? @_m "^(be_truthy|be true|be\\(true\\))$"))
((call method: (identifier) @_m arguments: (argument_list . [(identifier) (instance_variable)] @_l . [(identifier) (instance_variable)] @_r)) @is.self-compare
 (#any-of? @_m "assert_equal" "assert_same") (#eq? @_l @_r))

; --- comments ---
((comment) @is.comment-claim
 (#match? @is.comment-claim "^#+\\s*(assert(_[a-z_]+)? |expect\\(|def test_|it ['\"])"))
((comment) @is.comment-claim
 (#match? @is.comment-claim "[Aa]ll (the )?tests? (pass|passed)|([Vv]erified|[Tt]ested|[Cc]hecked) (manually|by hand)"))
