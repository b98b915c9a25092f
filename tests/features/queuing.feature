Feature: Queuing policies
  How many deployments a stage takes at once, across the releases of its pipeline, and what becomes of the others.

  @Q2 @D1
  Scenario: A slot is held from before the approvals until after them
    Given a pipeline "Shop" with stages:
      | stage | queue               | before | after |
      | QA    | at most 1, in order | ann    | pat   |
    When releases R1, R2 are created
    Then QA of R2 is queued
    When ann approves QA of R1
    Then QA of R2 is queued
    When QA of R1 succeeds
    Then QA of R2 is queued
    When pat approves QA of R1
    Then QA of R2 is in progress

  @Q3 @D5
  Scenario: A redeploy enters at the end like any other
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When release R1 is created
    And QA of R1 fails
    And releases R2, R3 are created
    And bob deploys QA of R1
    Then QA is waited for by R3, R1
    When every deployment succeeds
    Then slots of QA were granted in this order: R1, R2, R3, R1

  @Q4 @I3
  Scenario: What holds a slot is never superseded
    Given a pipeline "Shop" with stages:
      | stage | queue             |
      | QA    | at most 1, latest |
    When releases R1, R2 are created
    And QA of R1 succeeds
    Then QA of R2 is in progress
    When release R3 is created
    Then the stages are:
      |    | QA          |
      | R1 | succeeded   |
      | R2 | in progress |
      | R3 | queued      |

  @Q4
  Scenario: The latest is what entered last, not the largest number
    Given a pipeline "Shop" with stages:
      | stage | starts | queue             |
      | QA    | manual | at most 1, latest |
    When releases R1, R2, R3 are created
    And bob deploys QA of R3
    And bob deploys QA of R2
    And bob deploys QA of R1
    Then the stages are:
      |    | QA                         |
      | R1 | queued                     |
      | R2 | canceled, superseded by R1 |
      | R3 | in progress                |

  @Q4 @I3 @I4
  Scenario: The older one is superseded in the commit in which the newer one enters
    Given a pipeline "Shop" with stages:
      | stage | queue             |
      | QA    | at most 1, latest |
    When releases R1 to R3 are created
    Then one commit holds:
      | QA of R3    | deployment.triggered |
      | queue of QA | queue.entered     |
      | queue of QA | queue.superseded  |
      | QA of R2    | deployment.over   |

  @Q1 @I1
  Scenario: Slots are of one stage and one pipeline
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue               |
      | QA    | after release | at most 1, in order |
      | Docs  | after release | at most 1, in order |
    And a pipeline "Blog" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When release R1 is created
    Given the pipeline "Shop"
    When release R2 is created
    Then QA of R1 is in progress
    And the stages are:
      |    | QA          | Docs        |
      | R2 | in progress | in progress |

  @Q1 @P5
  Scenario: At most 1000
    Given a pipeline "Shop" with stages:
      | stage | queue                  |
      | QA    | at most 1000, in order |
    When eve saves the pipeline
    Then the pipeline is at revision 1
    Given the queue of QA is "at most 1001, in order"
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: stages[0].queuing.at-most.deployments: must be 1 to 1000, is 1001"

  @Q5
  Scenario: The policy is that of the newest revision that has entered
    Given a pipeline "Shop" with stages:
      | stage | starts | queue               |
      | QA    | manual | at most 1, in order |
    When releases R1, R2, R3 are created
    Given the queue of QA is "at most 2, in order"
    When eve saves the pipeline
    And bob deploys QA of R1
    And bob deploys QA of R2
    Then QA is waited for by R2
    When release R4 is created
    And bob deploys QA of R4
    Then QA of R2 is in progress
    And QA is waited for by R4
    When bob deploys QA of R3
    Then QA is waited for by R4, R3

  @Q5 @I1
  Scenario: When the limit shrinks no slot is taken away, and none is granted until there is room
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 2, in order |
    When releases R1, R2, R3 are created
    Given the queue of QA is "at most 1, in order"
    When eve saves the pipeline
    And release R4 is created
    Then the stages are:
      |    | QA          |
      | R1 | in progress |
      | R2 | in progress |
      | R3 | queued      |
      | R4 | queued      |
    When QA of R1 succeeds
    Then QA is waited for by R3, R4
    When QA of R2 succeeds
    Then QA of R3 is in progress
    And QA is waited for by R4

  @Q5 @Q4
  Scenario: On a change to only the latest, all that wait but the newest are superseded
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1, R2, R3 are created
    Given the queue of QA is "at most 1, latest"
    When eve saves the pipeline
    Then QA is waited for by R2, R3
    When release R4 is created
    Then the stages are:
      |    | QA                         |
      | R1 | in progress                |
      | R2 | canceled, superseded by R4 |
      | R3 | canceled, superseded by R4 |
      | R4 | queued                     |

  @Q5 @I5
  Scenario: What would touch too many streams goes on in further commits
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1 to R101 are created
    Given the queue of QA is "at most 1, latest"
    When eve saves the pipeline
    And release R102 is created
    Then QA is waited for by R102
    And QA of R2 is canceled, superseded by R102
    And QA of R101 is canceled, superseded by R102
    And queue.superseded was recorded 100 times
    And no commit holds more than 64 queue.superseded

  @Q5 @I5
  Scenario: So do many grants at once
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1 to R70 are created
    Given the queue of QA is "unlimited"
    When eve saves the pipeline
    And release R71 is created
    Then QA is waited for by nobody
    And no commit holds more than 64 queue.slot-granted
    And slots of QA were granted in this order: R1 to R71

  @scenario-21 @Q6 @D4
  Scenario: What is cancelled while it waits leaves the queue
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1 to R5 are created
    And bob cancels QA of R3
    Then QA of R3 is canceled, by bob
    And QA is waited for by R2, R4, R5
    When every deployment succeeds
    Then slots of QA were granted in this order: R1, R2, R4, R5

  @Q6 @I4 @I5
  Scenario Outline: What holds a slot and goes gives it to the next one in the same commit
    Given a pipeline "Shop" with stages:
      | stage | queue               | before |
      | QA    | at most 1, in order | ann    |
    When releases R1, R2 are created
    And <what>
    Then QA of R2 is in progress
    And one commit holds:
      | QA of R1    | deployment.over         |
      | queue of QA | queue.left              |
      | queue of QA | queue.slot-granted      |
      | QA of R2    | deployment.slot-granted |

    Examples:
      | what                  |
      | bob cancels QA of R1  |
      | bob abandons R1       |
      | ann rejects QA of R1  |

  @Q10
  Scenario: So many wait and no more
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When release R1 is created
    Given 9999 more deployments wait for QA
    When release R2 is created
    Then QA of R2 is queued
    When release R3 is created
    Then QA of R3 is canceled, the queue was full
    When bob deploys QA of R3
    Then it is refused: "10000 deployments wait for the stage already, the most that may: cancel some, or wait"
    When bob cancels QA of R2
    And bob deploys QA of R3
    Then QA of R3 is queued

  @Q10
  Scenario: So many are being approved and no more
    Given a pipeline "Shop" with stages:
      | stage | queue     | before |
      | QA    | unlimited | ann    |
    And the definition says stages[0].slot_span = "jobs-only"
    When release R1 is created
    Given 9998 more deployments are being approved for QA
    When release R2 is created
    Then QA of R2 is in progress
    When release R3 is created
    Then QA of R3 is canceled, the queue was full
    When bob deploys QA of R3
    Then it is refused: "10000 deployments of the stage are scheduled, are being approved or have freed their slot, the most that may: cancel some, or wait"
    When bob cancels QA of R2
    And bob deploys QA of R3
    Then QA of R3 is in progress

  @Q10
  Scenario: What asks for its slot at once needs no room beside the queue
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    And the definition says stages[0].slot_span = "jobs-only"
    When release R1 is created
    Given 10000 more deployments are being approved for QA
    When release R2 is created
    Then QA of R2 is in progress
