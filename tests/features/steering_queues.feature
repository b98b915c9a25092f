Feature: Steering queues by hand
  A queue is paused, and what waits in it is moved to the front; who did it and why is recorded.

  @Q9 @E1 @I5
  Scenario: Nothing more is granted while the queue is paused
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1, R2 are created
    And ann pauses the queue of QA, saying "the database moves"
    And QA of R1 succeeds
    Then the stages are:
      |    | QA        |
      | R1 | succeeded |
      | R2 | queued    |
    And QA of R2 waits for:
      | what                                                 | cleared by | nature    |
      | the queue was paused by user:ann: the database moves | whoever may manage queues | clearable |
    And queue.paused was recorded last with {"by":"user:ann","reason":"the database moves"}
    When ann pauses the queue of QA
    Then nothing is recorded
    When bob resumes the queue of QA, saying "it has moved"
    Then QA of R2 is in progress
    And queue.resumed was recorded last with {"by":"user:bob","comment":"it has moved"}
    When bob resumes the queue of QA
    Then nothing is recorded

  @Q9
  Scenario: What holds a slot goes on
    Given a pipeline "Shop" with stages:
      | stage | queue               | after |
      | QA    | at most 1, in order | ann   |
    When release R1 is created
    And ann pauses the queue of QA
    And QA of R1 succeeds
    And ann approves QA of R1
    Then QA of R1 is succeeded

  @Q9
  Scenario: A queue is paused before anything entered it, and a restart changes nothing
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    When ann pauses the queue of QA
    And releases R1, R2 are created
    Then QA is waited for by R1, R2
    When the engine restarts
    Then QA is waited for by R1, R2
    And QA of R1 waits for:
      | what                             | cleared by |
      | the queue was paused by user:ann | whoever may manage queues |
    When ann resumes the queue of QA
    Then slots of QA were granted in this order: R1, R2

  @Q9 @E2
  Scenario: Explain names the pause and the slots that are held, as far as they stand in the way
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 2, in order |
    When releases R1, R2, R3, R4 are created
    And ann pauses the queue of QA
    And QA of R1 succeeds
    Then QA of R3 waits for:
      | what                             | cleared by |
      | the queue was paused by user:ann | whoever may manage queues |
    And QA of R4 waits for:
      | what                                                              | cleared by |
      | the queue was paused by user:ann                                  | whoever may manage queues |
      | is queued behind 1 others: 2 at once, in order, held by release 2 | R2, R3     |

  # Story: explain said that R2 is queued behind another one, and that nobody can clear that.
  @Q9 @E2 @I14
  Scenario: Explain names those that take the free slots first once the queue goes on
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When ann pauses the queue of QA
    And releases R1, R2 are created
    Then QA of R2 waits for:
      | what                                                           | cleared by |
      | the queue was paused by user:ann                               | whoever may manage queues |
      | is queued behind 1 others: 1 at once, in order, held by nobody | R1         |

  @Q9 @Q4
  Scenario: What is paused still supersedes
    Given a pipeline "Shop" with stages:
      | stage | queue             |
      | QA    | at most 1, latest |
    When ann pauses the queue of QA
    And releases R1, R2, R3 are created
    Then the stages are:
      |    | QA                         |
      | R1 | canceled, superseded by R2 |
      | R2 | canceled, superseded by R3 |
      | R3 | queued                     |
    When ann resumes the queue of QA
    Then QA of R3 is in progress

  @Q9
  Scenario: A pipeline's queue that is not there is not paused
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    When ann pauses the queue of Nowhere
    Then it is refused: "there is no such stage"

  @Q9
  Scenario: A reason has an end
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    When ann pauses the queue of QA, saying "4001 characters"
    Then it is refused: "the reason has 4001 characters, at most 4000 are allowed"

  @Q9 @I2
  Scenario: A hotfix is moved to the front
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1 to R4 are created
    And ann moves QA of R4 to the front, saying "a hotfix"
    Then QA is waited for by R4, R2, R3
    And queue.moved-to-front was recorded last with {"deployment":"4/1#1","by":"user:ann","comment":"a hotfix"}
    When ann moves QA of R4 to the front
    Then nothing is recorded
    When ann moves QA of R3 to the front
    And every deployment succeeds
    Then slots of QA were granted in this order: R1, R3, R4, R2

  @Q9
  Scenario: Only what waits is moved
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1, R2 are created
    And ann moves QA of R1 to the front
    Then it is refused: "deployment 1/1#1 does not wait for the stage"

  @Q9 @Q4 @Q5
  Scenario: The newest is what entered last, not what was moved back
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1, R2, R3 are created
    And ann moves QA of R3 to the front
    Then QA is waited for by R3, R2
    Given the queue of QA is "at most 2, latest"
    When eve saves the pipeline
    And ann pauses the queue of QA
    And release R4 is created
    Then the stages are:
      |    | QA                         |
      | R2 | canceled, superseded by R4 |
      | R3 | canceled, superseded by R4 |
      | R4 | queued                     |

  @Q9 @Q4 @Q5
  Scenario: What entered last is the newest, also where it was moved to the front
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | QA    | at most 1, in order |
    When releases R1 to R101 are created
    Given the queue of QA is "at most 1, latest"
    When eve saves the pipeline
    And the engine goes down
    And release R102 is created
    And ann moves QA of R102 to the front
    And the engine restarts
    Then QA is waited for by R102
    And QA of R101 is canceled, superseded by R102
