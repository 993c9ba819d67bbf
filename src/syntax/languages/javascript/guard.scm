; What a test must not do: src/validate/guard.h has the names of captures.

; --- tests and functions ---
(function_declaration name: (identifier) @function.name) @function
(method_definition name: (property_identifier) @function.name) @function
(variable_declarator name: (identifier) @function.name
  value: [(arrow_function) (function_expression)]) @function
(pair key: (property_identifier) @function.name
  value: [(arrow_function) (function_expression)]) @function

((call_expression function: (_) @_f
   arguments: (arguments . (_) @test.name . (_)? . [(arrow_function) (function_expression)])) @test
 (#match? @_f "^(it|test|specify|xit|xtest|fit|Deno\\.test|QUnit\\.test)\\b")
 (#not-match? @_f "\\.(describe|step|suite|use|before|after|beforeEach|afterEach|beforeAll|afterAll|extend)\\b"))
; ava, tape, uvu: the function alone
((call_expression function: (_) @_f
   arguments: (arguments . [(arrow_function) (function_expression)])) @test
 (#match? @_f "^(it|test|Deno\\.test)(\\.(only|serial|concurrent))?$"))
; Deno.test({ name, fn }), test.each`…`
((call_expression function: (_) @_f
   arguments: (arguments . (object (pair key: (property_identifier) @_k)))) @test
 (#eq? @_f "Deno.test") (#eq? @_k "fn"))

(call_expression function: (identifier) @call.name)
(call_expression function: (member_expression property: (property_identifier) @call.name))
(call_expression function: (member_expression object: [(identifier) @call.of (new_expression constructor: (identifier) @call.of)] property: (property_identifier) @call.name))
(arguments (identifier) @call.name)

(class_declaration name: (_) @type.name)
(variable_declarator name: (identifier) @object.name value: (new_expression constructor: (identifier) @object.type))
(assignment_expression left: (identifier) @object.name right: (new_expression constructor: (identifier) @object.type))

; --- assertions ---
((call_expression function: (identifier) @_f) @assert
 (#match? @_f "^(expect|assert|should|verify|check|ensure|fail)|[aA]ssert|^(ok|equal|match|throws|rejects|doesNotThrow|doesNotReject|(not)?([sS]trict|[dD]eep|[dD]eepStrict)Equal)$"))
((call_expression function: (member_expression object: (_) @_o)) @assert
 (#match? @_o "^((chai|node|t|tt)\\.)?assert$"))
((call_expression function: (member_expression property: (property_identifier) @_p)) @assert
 (#match? @_p "^(assert[A-Za-z]*|expect[A-Za-z]*|should|verify[A-Za-z]*|check[A-Z][A-Za-z]*)$"))
((call_expression function: (member_expression object: (identifier) @_o property: (property_identifier) @_p)) @assert
 (#any-of? @_o "t" "assert" "st" "tap" "test")
 (#match? @_p "^(is|not|ok|notOk|equal|equals|same|strictSame|deepEqual|notEqual|notDeepEqual|looseEqual|deepLooseEqual|like|throws|doesNotThrow|throwsAsync|notThrows|notThrowsAsync|rejects|doesNotReject|true|false|truthy|falsy|regex|match|doesNotMatch|snapshot|matchSnapshot|fail|error|resolves|has|type)$"))
((member_expression property: (property_identifier) @_p) @assert
 (#any-of? @_p "should"))
((throw_statement (new_expression constructor: (_) @_e)) @assert
 (#match? @_e "Assertion|^Error$"))

; --- skip, focus ---
((call_expression function: (_) @is.skip arguments: (_))
 (#match? @is.skip "^(xit|xtest|xdescribe|xspecify|xcontext)\\b|^(it|test|describe|suite|specify|context)(\\.[a-zA-Z]+)*\\.(skip|todo|failing|fails|fixme)\\b"))
((call_expression function: (_) @is.conditional-skip arguments: (_))
 (#match? @is.conditional-skip "^(it|test|describe|suite)(\\.[a-zA-Z]+)*\\.(skipIf|runIf)\\b"))
((call_expression function: (_) @_f arguments: (arguments . (_) .)) @is.skip
 (#match? @_f "^(it|test|specify)$") (#match? @is.skip "^[a-z]+\\(\\s*['\"`]"))
((call_expression function: (_) @_f arguments: (arguments (object (pair key: (property_identifier) @_k value: (_) @_v) @is.skip)))
 (#match? @_f "^(it|test|describe|suite)\\b") (#any-of? @_k "skip" "todo") (#not-match? @_v "^(false|undefined|!|process|[a-z]+[.A-Z])"))
((call_expression function: (member_expression object: (_) @_o property: (property_identifier) @_p)) @is.skip.call
 (#any-of? @_o "t" "this" "ctx" "context") (#any-of? @_p "skip" "todo"))
(if_statement consequence: (_) @may.skip.call)
((call_expression function: (_) @is.focus arguments: (_))
 (#match? @is.focus "^(fit|fdescribe|ftest|fcontext)\\b|^(it|test|describe|suite|specify|context)(\\.[a-zA-Z]+)*\\.only\\b"))
((call_expression function: (_) @_f arguments: (arguments (object (pair key: (property_identifier) @_k value: (true)) @is.focus)))
 (#match? @_f "^(it|test|describe|suite)\\b") (#eq? @_k "only"))

; --- the end of the process ---
((call_expression function: (_) @_f) @is.exit
 (#any-of? @_f "process.exit" "process.abort" "process.reallyExit" "Deno.exit"))
((call_expression function: (_) @_f arguments: (arguments . (_) @_p)) @is.exit
 (#eq? @_f "process.kill") (#eq? @_p "process.pid"))
((assignment_expression left: (_) @_l right: (_) @_r) @is.exit
 (#eq? @_l "process.exitCode") (#match? @_r "^(0|undefined)$"))
((if_statement condition: (_) @_c consequence: (_) @may.exit)
 (#match? @_c "isPrimary|isMaster|isMainThread|argv|CHILD|child"))
; expect(() => process.exit(1)).toThrow()
((call_expression function: (_) @_f arguments: (arguments [(arrow_function) (function_expression)] @may.exit))
 (#match? @_f "^(expect|assert\\.(throws|rejects)|t\\.throws)$"))

; --- network, time ---
((call_expression function: (_) @_f arguments: (arguments . (string) @_u)) @is.network
 (#match? @_f "^fetch$|^axios(\\.[a-z]+)?$|^https?\\.(get|request)$|^got(\\.[a-z]+)?$")
 (#match? @_u "https?://") (#not-match? @_u "localhost|127\\.0\\.0\\.1|\\[::1\\]|\\.(test|invalid|example)\\b|example\\.(com|org|net)"))
((new_expression constructor: (_) @_p
   arguments: (arguments (arrow_function body: (_) @_b))) @is.sleep
 (#eq? @_p "Promise") (#match? @_b "^\\{?\\s*setTimeout\\([a-zA-Z]+, *[1-9]"))

; --- swallowed ---
((try_statement body: (statement_block) @swallow.body
   handler: (catch_clause body: (statement_block) @_b)) @is.swallow
 (#match? @_b "^\\{\\s*((//[^\n]*|/\\*[^*]*\\*/|return;?|console\\.[a-z]+\\([^)]*\\);?)\\s*)*\\}$"))
((call_expression function: (member_expression object: (_) @swallow.body property: (property_identifier) @_p)
   arguments: (arguments (arrow_function body: (_) @_b))) @is.swallow
 (#eq? @_p "catch") (#match? @_b "^\\{\\s*\\}$|^(undefined|null)$"))

; --- always true ---
((call_expression function: (member_expression
   object: (call_expression function: (identifier) @_e arguments: (arguments . [(true) (false) (null) (undefined) (number) (string)] @_l .))
   property: (property_identifier) @_p)
   arguments: (arguments . [(true) (false) (null) (undefined) (number) (string)] @_r .)) @is.tautology
 (#eq? @_e "expect") (#any-of? @_p "toBe" "toEqual" "toStrictEqual") (#eq? @_l @_r))
((call_expression function: (member_expression
   object: (call_expression function: (identifier) @_e arguments: (arguments . [(true) (number) (string)] .))
   property: (property_identifier) @_p)) @is.tautology
 (#eq? @_e "expect") (#any-of? @_p "toBeTruthy" "toBeDefined"))
((call_expression function: (_) @_f arguments: (arguments . [(true) (number) (string)] @_a)) @is.tautology
 (#any-of? @_f "assert" "assert.ok" "t.ok" "t.true" "t.truthy" "t.pass" "assert.isTrue" "console.assert") (#not-eq? @_a "0"))
((call_expression function: (_) @_f) @is.tautology (#any-of? @_f "t.pass" "expect.anything"))
((call_expression function: (_) @_f arguments: (arguments . [(true) (false) (null) (undefined) (number) (string)] @_l . [(true) (false) (null) (undefined) (number) (string)] @_r)) @is.tautology
 (#match? @_f "^(assert|t|chai\\.assert)\\.(equal|equals|is|same|strictEqual|deepEqual|deepStrictEqual)$") (#eq? @_l @_r))
((call_expression function: (member_expression
   object: (call_expression function: (identifier) @_e arguments: (arguments . [(identifier) (member_expression)] @_l .))
   property: (property_identifier) @_p)
   arguments: (arguments . [(identifier) (member_expression)] @_r .)) @is.self-compare
 (#eq? @_e "expect") (#any-of? @_p "toBe" "toEqual" "toStrictEqual") (#eq? @_l @_r))
((call_expression function: (_) @_f arguments: (arguments . [(identifier) (member_expression)] @_l . [(identifier) (member_expression)] @_r)) @is.self-compare
 (#match? @_f "^(assert|t|chai\\.assert)\\.(equal|equals|is|same|strictEqual|deepEqual|deepStrictEqual)$") (#eq? @_l @_r))

; --- mocks ---
((call_expression function: (_) @_d arguments: (arguments (_) . [(arrow_function) (function_expression)])) @mock.scope
 (#match? @_d "^(describe|suite|context)\\b"))
((call_expression function: (_) @_f arguments: (arguments . (string (string_fragment) @mock.name @mock.module) .))
 (#match? @_f "^(jest\\.(mock|doMock|unstable_mockModule)|vi\\.(mock|doMock))$"))
((call_expression function: (_) @_f arguments: (arguments . (call_expression function: (import) arguments: (arguments . (string (string_fragment) @mock.name @mock.module))) .))
 (#any-of? @_f "vi.mock" "vi.doMock"))
((call_expression function: (_) @_f arguments: (arguments . (string (string_fragment) @mock.name @mock.module) . (_) @_factory))
 (#match? @_f "^(jest\\.(mock|doMock|unstable_mockModule)|vi\\.(mock|doMock)|(t\\.)?mock\\.module)$") (#not-match? @_factory "requireActual|importActual|importOriginal|actual"))
((call_expression function: (member_expression
   object: (call_expression function: (_) @_f arguments: (arguments . [(identifier) @mock.of (member_expression object: (identifier) @mock.of property: (property_identifier) @_prototype)] . (string (string_fragment) @mock.name)))
   property: (property_identifier) @_p))
 (#match? @_f "^(jest|vi)\\.spyOn$") (#match? @_p "^mock") (#eq? @_prototype "prototype"))
((call_expression function: (_) @_f arguments: (arguments . (identifier) @mock.of . (string (string_fragment) @mock.name) . (_)))
 (#match? @_f "(^|\\.)mock\\.method$|^sinon\\.(stub|replace)$"))
((assignment_expression left: (member_expression object: (identifier) @mock.of property: (property_identifier) @mock.name)
   right: [(arrow_function) (function_expression)]))
((assignment_expression left: (member_expression object: [(identifier) @mock.of (member_expression object: (identifier) @mock.of property: (property_identifier) @_prototype)] property: (property_identifier) @mock.name)
   right: (call_expression function: (_) @_f))
 (#match? @_f "^(jest|vi)\\.fn\\b") (#eq? @_prototype "prototype"))

; --- comments ---
((comment) @is.comment-claim
 (#match? @is.comment-claim "^(//+|/\\*+)[ \t\n*]*(expect\\(|assert[.(]|(it|test|describe)\\()"))
((comment) @is.comment-claim
 (#match? @is.comment-claim "[Aa]ll (the )?tests? (pass|passed)|([Vv]erified|[Tt]ested|[Cc]hecked) (manually|by hand)"))
