Feature: Agents
  A pool has agents, each with capabilities. A job that runs on an agent waits for one that is free and meets all its demands, in the order
  of arrival. A pool that nobody defined bounds nothing and meets every demand.

  @J11
  Scenario: A pool is defined, and has the agents that are saved in it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann defines pool Farm
    And ann saves agents web1, web2 of pool farm with java=17, Agent.OS=Linux
    Then pool FARM has the agents web1, web2
    And agent web1 of pool farm offers Agent.OS=Linux, java=17
    When ann saves agent web1 of pool farm with node=20
    Then agent web1 of pool farm offers node=20
    When ann removes agent web2 of pool farm
    Then pool farm has the agents web1
    And pool.defined was recorded 1 time
    When ann removes pool farm
    Then pool farm is not defined

  @J11
  Scenario: Agents of a pool that nobody defined, and those that are taken for others, are refused
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann saves agent web1 of pool farm
    Then it is refused: "there is no such pool: define it first"
    When ann defines pool farm
    And ann enables agent web1 of pool farm
    Then it is refused: "the pool has no agent web1"
    When ann saves agent web1 of pool farm
    And ann saves agent WEB1 of pool farm
    Then it is refused: "the pool has an agent web1 already, which WEB1 could be taken for"

  @J11 @P5
  Scenario: A demand that can't be read is a problem of the definition
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm", "demands": ["java", "java 17", "Agent.Version -gtVersion new"]}}
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: stages[0].jobs[0].kind.agent.demands[1]: has \"17\" behind its name, where only -equals or -gtVersion can be; stages[0].jobs[0].kind.agent.demands[2]: compares with \"new\", which is not a version such as 2.163.1"

  @J11 @U3
  Scenario: Pools and their agents are for those who manage queues
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve allows eve to administer permissions in the store
    And ann defines pool farm
    Then it is refused: "user:ann needs the permission to manage queues in the store (U3)"
    When eve allows ann to manage queues in the store
    And ann defines pool farm
    And ann saves agent web1 of pool farm
    And bob disables agent web1 of pool farm, saying "a new disk"
    Then it is refused: "user:bob needs the permission to manage queues in the store (U3)"
    And pool farm has the agents web1

  @J11 @D2 @E1
  Scenario: Jobs of several pipelines on two agents, in the order of arrival
    Given pool farm has agents web1, web2
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "Farm"}}
    When releases R1, R2 are created
    Then pool farm runs R1, R2
    Given a pipeline "Web" with stages:
      | stage | queue     |
      | Live  | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R3, R4 are created
    Then pool farm runs R1, R2
    And pool farm is waited for by R3, R4
    And Live of R3 waits for:
      | what                                                                             | cleared by | nature    | since            |
      | waits for an agent of pool farm: web1 runs release 1, web2 runs release 2 | R1, R2     | clearable | 2024-01-01 00:00 |
    And Live of R4 waits for:
      | what                                                                                               | cleared by |
      | waits for an agent of pool farm: web1 runs release 1, web2 runs release 2; behind release 3 | R1, R2, R3 |
    And Live of R3 shows inProgress, inProgress, queuedForAgent
    When QA of R2 fails
    Then pool farm runs R1, R3
    And Live of R3 shows inProgress, inProgress, phaseInProgress
    And pool farm is waited for by R4
    When QA of R1 succeeds
    Then pool farm runs R4, R3
    When Live of R3 succeeds
    And Live of R4 succeeds
    Then pool farm runs nothing
    And pool.granted was recorded 4 times
    And pool.freed was recorded 4 times

  @J11
  Scenario: Jobs that name no pool take their agents from the default one
    Given pool Default has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    When releases R1, R2 are created
    Then pool default runs R1
    And pool default is waited for by R2

  @J11
  Scenario: A pool that nobody defined bounds nothing and meets every demand
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "other", "demands": ["java"]}}
    When releases R1, R2 are created
    Then the tasks of QA of R1 are:
      | deploy | running |
    And the tasks of QA of R2 are:
      | deploy | running |
    And pool farm runs nothing
    And agent.asked was recorded 0 times

  @J11
  Scenario: Server jobs need no agent
    Given pool default has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job   | kind   | task |
      | Calls | server | call |
    When releases R1, R2 are created
    Then the tasks of QA of R2 are:
      | call | running |
    And pool default runs nothing

  @J11
  Scenario: Each job of a deployment waits for an agent of its own
    Given pool linux has agents lin1
    And pool windows has agents win1
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job    | task |
      | First  | make |
      | Second | ship |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "linux"}}
    And the definition says stages[0].jobs[1].kind = {"agent": {"pool": "windows"}}
    When releases R1, R2 are created
    And task make of QA of R1 succeeds
    Then pool linux runs R2
    And pool windows runs R1
    When task make of QA of R2 succeeds
    Then pool linux runs nothing
    And pool windows is waited for by R2
    When task ship of QA of R1 succeeds
    Then pool windows runs R2
    And QA of R1 is succeeded

  @J11
  Scenario: Who waits is passed over only for an agent that it could not use
    Given pool farm has these agents:
      | agent | capabilities            |
      | big   | java=17, Agent.OS=Linux |
      | small | Agent.OS=Linux          |
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm", "demands": ["java -gtVersion 17"]}}
    When releases R1, R2 are created
    Given a pipeline "Web" with stages:
      | stage | queue     |
      | Live  | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm", "demands": ["agent.os -equals linux"]}}
    When releases R3, R4 are created
    Then agent big of pool farm runs R1
    And agent small of pool farm runs R3
    And pool farm is waited for by R2, R4
    When QA of R1 succeeds
    Then agent big of pool farm runs R2
    And pool farm is waited for by R4
    When Live of R3 succeeds
    Then agent small of pool farm runs R4

  @J11 @E1 @E2
  Scenario: Demands that no agent meets are waited for until somebody sees to it
    Given pool farm has these agents:
      | agent | capabilities |
      | web1  | java=11      |
    And a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm", "demands": ["java -gtVersion 17", "node"]}}
    When eve saves the pipeline
    And release R1 is created
    Then QA of R1 waits for:
      | what                                                                           | cleared by                  | nature    |
      | waits for an agent of pool farm that meets java -gtVersion 17, node: there is none | whoever may manage queues | clearable |
    When ann saves agent web1 of pool farm with java=21, node=20
    Then agent web1 of pool farm runs R1

  @J11 @D4
  Scenario: Who is cancelled while it waits for an agent is over at once, and keeps nobody away
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R1, R2, R3 are created
    And bob cancels QA of R2
    Then QA of R2 is canceled, by bob
    And pool farm is waited for by R3
    When bob cancels QA of R1
    Then pool farm runs R1
    When task deploy of QA of R1 stops
    Then pool farm runs R3
    And agent.granted was recorded 2 times

  @J11 @D4
  Scenario: A job that always runs waits for its agent also after a cancel
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job   | job condition | task | condition |
      | First |               | make |           |
      | Tidy  | always()      | tidy | always()  |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "other"}}
    And the definition says stages[0].jobs[1].kind = {"agent": {"pool": "farm"}}
    When releases R1, R2 are created
    And task make of QA of R1 succeeds
    And task make of QA of R2 succeeds
    Then pool farm is waited for by R2
    When bob cancels QA of R2
    Then QA of R2 is in progress, cancelling
    And pool farm is waited for by R2
    When task tidy of QA of R1 succeeds
    Then pool farm runs R2
    When task tidy of QA of R2 succeeds
    Then QA of R2 is canceled, by bob
    And pool farm runs nothing

  @J11 @J7
  Scenario: The time of a job counts from the grant of its agent
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job  | job time-out | task |
      | Slow | 30           | make |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R1, R2 are created
    And 20 minutes pass
    And task make of QA of R1 succeeds
    And 29 minutes pass
    Then the tasks of QA of R2 are:
      | make | running |
    When 1 minute passes
    And task make of QA of R2 stops
    Then QA of R2 is rejected
    And pool farm runs nothing

  @J11 @J6
  Scenario: The agent of a task that is lost, or given up, is free again, once
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job  | job time-out | cancel time-out | task |
      | Slow | 30           | 1               | make |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R1, R2, R3 are created
    And task make of QA of R1 is lost
    Then pool farm runs R2
    When 31 minutes pass
    Then pool farm runs R3
    And QA of R2 is rejected
    And pool.freed was recorded 2 times

  @J11
  Scenario: A pool grows, and an agent that is disabled is given nothing new
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R1 to R4 are created
    And ann saves agent web2 of pool farm
    Then pool farm runs R1, R2
    When ann disables agent web1 of pool farm, saying "a new disk"
    Then QA of R3 waits for:
      | what                                                                                                                   | cleared by                        |
      | waits for an agent of pool farm: web1 runs release 1 and is disabled (a new disk), web2 runs release 2 | R1, R2, whoever may manage queues |
    When ann removes agent web1 of pool farm
    Then it is refused: "agent web1 is in use: 1/1#1.0:0 runs on it; disable the agent, and remove it when that has ended"
    When QA of R1 succeeds
    Then QA of R1 is succeeded
    And pool farm runs R2
    When ann removes agent web1 of pool farm
    And QA of R2 succeeds
    Then pool farm runs R3
    When ann removes pool farm
    Then it is refused: "the pool is in use: 3/1#1.0:0 runs on web2, 4/1#1.0:0 waits"
    When QA of R3 succeeds
    And QA of R4 succeeds
    And ann removes pool farm
    And release R5 is created
    Then the tasks of QA of R5 are:
      | deploy | running |

  @J11 @J2
  Scenario: Slices wait side by side, and go on as agents become free
    Given pool farm has agents web1, web2
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job  | task | input script    |
      | Load | load | on $(agent.name) |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 4, "continue_on_error": false}}
    When release R1 is created
    Then the slices of Load of QA of R1 are:
      | 1 | running              |
      | 2 | running              |
      | 3 | waiting for an agent |
      | 4 | waiting for an agent |
    And task load in slice "2" of QA of R1 is told script = "on web2"
    And QA of R1 waits for:
      | what                                                                                                     |
      | runs "load" of slice 1                                                                                   |
      | runs "load" of slice 2                                                                                   |
      | slice 3 and 1 more wait for an agent of pool farm: web1 runs release 1, web2 runs release 1         |
    When task load in slice "1" of QA of R1 succeeds
    Then the slices of Load of QA of R1 are:
      | 1 | succeeded            |
      | 2 | running              |
      | 3 | running              |
      | 4 | waiting for an agent |
    When task load in slice "2" of QA of R1 fails
    Then the slices of Load of QA of R1 are:
      | 1 | succeeded               |
      | 2 | failed                  |
      | 3 | running                 |
      | 4 | skipped, another failed |
    And pool farm is waited for by nobody
    When task load in slice "3" of QA of R1 succeeds
    Then QA of R1 is rejected
    And pool farm runs nothing

  @J11 @Q8
  Scenario: Lock groups are held while an agent is waited for
    Given pool farm has agents web1
    And lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
      | Prod  | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    And the definition says stages[1].jobs[0].kind = {"agent": {"pool": "farm"}}
    And the definition says stages[1].lock_groups = ["database"]
    When releases R1, R2 are created
    And QA of R1 succeeds
    Then pool farm runs R2
    And lock group database is held by R1
    When QA of R2 succeeds
    Then pool farm runs R1
    When Prod of R1 succeeds
    Then lock group database is held by R2
    And pool farm runs R2

  @J11 @R5 @P6
  Scenario: What waits for an agent has begun: it is cancelled before its release is abandoned, or with its pipeline
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R1, R2, R3 are created
    And bob abandons R2
    Then it is refused: "...jobs..."
    When bob cancels QA of R2
    And bob abandons R2
    Then pool farm is waited for by R3
    When eve deletes the pipeline by force, saying "moved"
    And task deploy of QA of R1 stops
    Then pool farm is waited for by nobody
    And the pipeline is deleted

  @J11 @Q5
  Scenario: No commit grants more agents than the fan-out limit
    Given pool farm has agents a0
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R1 to R100 are created
    And ann saves agents a1 to a120 of pool farm
    Then agent.granted was recorded 100 times
    And no commit holds more than 64 agent.granted
    And pool farm is waited for by nobody

  @J11 @D7
  Scenario: A slice never ends in the commit in which its agent was granted
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job  | task | enabled |
      | Idle | make | no      |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R1 to R5 are created
    Then QA of R5 is succeeded
    And no commit holds agent.granted and slice.ended of the same deployment
    And pool farm runs nothing

  @J11 @Q5
  Scenario: Slices that end at once free no more agents in a commit than may be granted to others
    Given pool farm has agents a1 to a100
    And a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the definition says stages[0].jobs = [{"name": "Idle", "kind": {"agent": {"pool": "farm"}}, "parallelism": {"multi-agent": {"agents": 100, "continue_on_error": false}}}]
    When ann disables agents a1 to a100 of pool farm, saying "a new disk"
    And release R1 is created
    Given a pipeline "Web" with stages:
      | stage | queue     |
      | Live  | unlimited |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    When releases R2 to R101 are created
    And ann enables agents a1 to a100 of pool farm
    Then QA of R1 is succeeded
    And agent.granted was recorded 200 times
    And no commit holds more than 64 agent.granted
    And no commit holds more than 64 slice.ended

  @J11 @J2
  Scenario: A slice that waits for an agent is one of those that run at once
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | tasks |
      | QA    | none  |
    And QA has these tasks:
      | job  | task |
      | Test | test |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    And the definition says stages[0].jobs[0].variables = {"Browser": {"value": {"plain": "A,B,C,D"}}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration": {"multipliers": ["Browser"], "at_most": 2, "continue_on_error": true}}
    When release R1 is created
    Then the slices of Test of QA of R1 are:
      | A | running              |
      | B | waiting for an agent |
      | C | not begun            |
      | D | not begun            |
    When task test in slice "A" of QA of R1 fails
    Then the slices of Test of QA of R1 are:
      | A | failed               |
      | B | running              |
      | C | waiting for an agent |
      | D | not begun            |
    When bob cancels QA of R1
    Then the slices of Test of QA of R1 are:
      | A | failed            |
      | B | running           |
      | C | skipped, canceled |
      | D | skipped, canceled |
    And pool farm is waited for by nobody
    When task test in slice "B" of QA of R1 stops
    Then QA of R1 is canceled, by bob

  # Story: only a hundred of those that waited were skipped in the commit of the failure, and the next one was granted the agent.
  @J11 @J2
  Scenario: After a failure no slice is given an agent any more, however many wait
    Given pool farm has agents a1 to a5
    And a pipeline "Shop" with stages:
      | stage | tasks |
      | QA    | none  |
    And QA has these tasks:
      | job  | task |
      | Load | load |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 300, "continue_on_error": false}}
    When release R1 is created
    And task load in slice "1" of QA of R1 fails
    Then pool farm is waited for by nobody
    And slice.began was recorded 5 times
    And pool farm runs R1, R1, R1, R1
    When task load in slice "2" of QA of R1 succeeds
    And task load in slice "3" of QA of R1 succeeds
    And task load in slice "4" of QA of R1 succeeds
    And task load in slice "5" of QA of R1 succeeds
    Then QA of R1 is rejected
    And pool farm runs nothing

  # Story: the slices that ended took all the steps of the commit of the cancel, and one that waited was granted an agent.
  @J11 @J2 @D4
  Scenario: After a cancel no slice is given an agent any more, however much ends with it
    Given pool farm has agents a1 to a5
    And a pipeline "Shop" with stages:
      | stage | tasks |
      | QA    | none  |
    And QA has these tasks:
      | job  | task |
      | Load | load |
    And the definition says stages[0].jobs[0].tasks = [{"name": "load", "task": {"id": "command"}, "retry_count": 1}]
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 300, "continue_on_error": true}}
    When release R1 is created
    And task load in slice "1" of QA of R1 fails
    And bob cancels QA of R1
    Then pool farm is waited for by nobody
    And slice.began was recorded 5 times
    And pool farm runs R1, R1, R1, R1

  @J11 @J2
  Scenario: Slices that ask together are granted no more agents in a commit than the fan-out limit
    Given pool farm has agents a1 to a100
    And a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm"}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 90, "continue_on_error": false}}
    When release R1 is created
    Then agent.granted was recorded 90 times
    And no commit holds more than 64 agent.granted
    And pool farm is waited for by nobody
    And agent.asked was recorded 1 time

  # Story: nobody could cancel it once more, and its pipeline could not be deleted.
  @J11 @D4
  Scenario: What is cancelled waits for an agent no longer than its tasks are given to stop
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job   | job condition | cancel time-out | task | condition |
      | First |               | 5               | make |           |
      | Tidy  | always()      | 7               | tidy | always()  |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "other"}}
    And the definition says stages[0].jobs[1].kind = {"agent": {"pool": "farm", "demands": ["java"]}}
    When release R1 is created
    And bob cancels QA of R1
    And task make of QA of R1 stops
    Then pool farm is waited for by R1
    And QA of R1 waits for:
      | what                                                      | cleared by                | nature | by itself at     |
      | waits for an agent of pool farm that meets java: there is none | whoever may manage queues | timed  | 2024-01-01 00:07 |
    When 6 minutes pass
    Then QA of R1 is in progress, cancelling
    When 1 minute passes
    Then QA of R1 is canceled, by bob
    And the slices of Tidy of QA of R1 are:
      | | skipped, no agent in time |
    And pool farm is waited for by nobody

  @J11 @D4
  Scenario: What waits for an agent already waits on for that long from the cancel on
    Given pool farm has agents web1
    And a pipeline "Shop" with stages:
      | stage | queue     | tasks |
      | QA    | unlimited | none  |
    And QA has these tasks:
      | job   | job condition | cancel time-out | task | condition |
      | Tidy  | always()      | 7               | tidy | always()  |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm", "demands": ["java"]}}
    When release R1 is created
    And 60 minutes pass
    And bob cancels QA of R1
    And 6 minutes pass
    Then QA of R1 is in progress, cancelling
    And pool farm is waited for by R1
    When 1 minute passes
    Then QA of R1 is canceled, by bob
    And pool farm is waited for by nobody
