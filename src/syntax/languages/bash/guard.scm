; What a test must not do: src/validate/guard.h has the names of captures.
; no-test and no-assertion are off unless a project turns them on.

(function_definition name: (word) @function.name @mock.name) @function @mock.by
((function_definition name: (word) @test.name) @test
 (#match? @test.name "^test"))
; bats
((command name: (command_name (word) @_n) argument: (_) @test.name) @test
 (#eq? @_n "@test"))

(command name: (command_name (word) @call.name))
((command name: (command_name (word) @_r) . argument: (word) @call.name)
 (#eq? @_r "run"))

((command name: (command_name (word) @_n) . argument: (_) @reads)
 (#any-of? @_n "." "source" "load"))

((command name: (command_name (word) @_n)) @assert
 (#match? @_n "^(\\[|test|\\[\\[|diff|cmp|grep|exit|return|false)$|assert|expect|check|verify|fail|should|^has"))
(test_command) @assert

((command name: (command_name (word) @_n)) @is.skip
 (#match? @_n "^(skip|startSkipping)$"))

((command name: (command_name (word) @_n) argument: (_) @_u) @is.network
 (#any-of? @_n "curl" "wget") (#match? @_u "https?://") (#not-match? @_u "localhost|127\\.0\\.0\\.1|\\$"))
((command name: (command_name (word) @_n) argument: (_) @_t) @is.sleep
 (#eq? @_n "sleep") (#not-eq? @_t "0"))

; [ 1 = 1 ], [ x = x ]
((test_command (binary_expression left: [(word) (string) (raw_string) (number)] @_l right: [(word) (string) (raw_string) (number)] @_r) @_b) @is.tautology
 (#not-match? @_b "\\$|!=|-ne|-lt|-gt") (#eq? @_l @_r))
((command name: (command_name (word) @_n) . argument: (word) @_a) @is.tautology
 (#match? @_n "^assert(_success|_true|True)?$") (#eq? @_a "true"))

((comment) @is.comment-claim
 (#match? @is.comment-claim "^#+\\s*(assert[A-Za-z_]* |@test |test_[a-z_]+\\(\\))"))
((comment) @is.comment-claim
 (#match? @is.comment-claim "[Aa]ll (the )?tests? (pass|passed)|([Vv]erified|[Tt]ested|[Cc]hecked) (manually|by hand)"))
