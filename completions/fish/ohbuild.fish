# ohbuild(1) completion for fish

set --local commands build check status why show list log graph validate \
    adopt restore hook doctor models
set --local ask '__fish_seen_subcommand_from status why show list log graph \
    validate doctor models'
set --local none "not __fish_seen_subcommand_from $commands"
set --local build "$none; or __fish_seen_subcommand_from build"
set --local validate '__fish_seen_subcommand_from validate'
set --local adopt '__fish_seen_subcommand_from adopt'
set --local writes "$build; or __fish_seen_subcommand_from adopt restore"

complete -c ohbuild -n $none -a build -d 'Bring targets up to date'
complete -c ohbuild -n $none -a check -d 'Say what is not fresh'
complete -c ohbuild -n $none -a status -d 'One line a target'
complete -c ohbuild -n $none -a why -d 'What changed, and what it would cost'
complete -c ohbuild -n $none -a show -d 'All that would be used'
complete -c ohbuild -n $none -a list -d 'Targets with sources and tags'
complete -c ohbuild -n $none -a log -d 'What the agent did, the judge found'
complete -c ohbuild -n $none -a graph -d 'What each target is made of'
complete -c ohbuild -n $none -a validate -d 'Judge the tests on disk'
complete -c ohbuild -n $none -a adopt -d 'Take tests as they stand'
complete -c ohbuild -n $none -a restore -d 'Put an earlier version back'
complete -c ohbuild -n $none -a hook -d 'Have git refuse stale tests'
complete -c ohbuild -n $none -a doctor -d 'Look whether a build could run'
complete -c ohbuild -n $none -a models -d 'How each model has done'
complete -c ohbuild -n '__fish_seen_subcommand_from hook' -x \
    -a 'install remove'

complete -c ohbuild -s f -l file -r -F -d 'Read FILE, not openhands.yml'
complete -c ohbuild -s C -l directory -x -a '(__fish_complete_directories)' \
    -d 'Change to DIR first'
complete -c ohbuild -s v -l verbose -d 'Print more'
complete -c ohbuild -l no-color -d 'No colors'
complete -c ohbuild -s h -l help -d 'Print the help'
complete -c ohbuild -l version -d 'Print the version'

complete -c ohbuild -n $adopt -l all -d 'Every target that is not fresh'
complete -c ohbuild -n $adopt -l validate -d 'Only what the judge lets pass'
complete -c ohbuild -n "$build; or $validate; or $adopt" -s j -l jobs -x \
    -d 'At most N targets at a time'
complete -c ohbuild -n "$build; or $validate" -s k -l keep-going \
    -d 'Go on after a failure'
complete -c ohbuild -n $build -s n -l dry-run -d 'Print the plan, do nothing'
complete -c ohbuild -n "$build; or $validate" -s B -l always \
    -d 'As if all were stale'
complete -c ohbuild -n $validate -l junit -r -F \
    -d 'Write the verdicts as JUnit XML'
complete -c ohbuild -n $validate -l sarif -r -F \
    -d 'Write the findings as SARIF'
complete -c ohbuild -n "$build; or __fish_seen_subcommand_from check" \
    -s q -l question -d 'Print nothing; exit 1 when not all is fresh'
complete -c ohbuild \
    -n "$build; or __fish_seen_subcommand_from check status" \
    -l affected -d 'Only what a branch changed'
complete -c ohbuild -n '__fish_seen_subcommand_from check' -l staged \
    -d "Judge what git's index holds"
complete -c ohbuild -n $build -s s -l silent -d 'Only warnings and failures'
complete -c ohbuild -n $build -l retry-failed -d 'Also what failed before'
complete -c ohbuild -n $writes -l wait -d 'Wait for another ohbuild'
complete -c ohbuild -n $writes -l no-wait -d 'Fail when another one runs'
complete -c ohbuild -n $build -l replay -x -a '(__fish_complete_directories)' \
    -d 'Answer from the cassettes in DIR'
complete -c ohbuild -n $build -l replay-strict \
    -d 'Fail when another request comes'
complete -c ohbuild -n $build -l record -x -a '(__fish_complete_directories)' \
    -d 'Write cassettes to DIR'
complete -c ohbuild -n $build -l budget -x \
    -d 'The most that this build may cost, in USD'
complete -c ohbuild -n "$build; or __fish_seen_subcommand_from doctor" \
    -l no-preflight \
    -d 'Do not try keys and models'
complete -c ohbuild -n $build -l progress -x -a 'auto tty plain json' \
    -d 'How progress is shown'
complete -c ohbuild -n $build -l events -r -F -d 'Write every event to FILE'

complete -c ohbuild -n $ask -l json -d 'Print the answer as JSON'
complete -c ohbuild -n '__fish_seen_subcommand_from log' -l attempt -x \
    -d 'Attempt N instead of the last'
complete -c ohbuild -n '__fish_seen_subcommand_from graph' -l format -x \
    -a 'text json dot mermaid' -d 'Form of the graph'
