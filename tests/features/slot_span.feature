Feature: How long a deployment holds its slot
  A stage that holds slots for jobs only asks for approvals before it asks for a slot, and frees the slot before the approvals after.

  @Q2 @D1
  Scenario: Approvals come before the queue and after the slot
    Given a pipeline "Shop" with stages:
      | stage | queue               | before | after |
      | QA    | at most 1, in order | ann    | pat   |
    And the definition says stages[0].slot_span = "jobs-only"
    When releases R1, R2, R3 are created
    Then approvals are pending from ann for R1, R2, R3
    And QA of R3 is in progress
    When ann approves QA of R3
    And ann approves QA of R1
    Then QA is waited for by R1
    And QA of R1 is in progress
    When QA of R3 succeeds
    Then approvals are pending: ann for R2, pat for R3
    And QA is waited for by nobody
    When 1 minute passes
    And QA of R1 succeeds
    And pat approves QA of R1
    Then QA of R1 is succeeded
    And the current release of QA is R1
    When pat approves QA of R3
    Then the current release of QA is R1

  @Q4 @I3
  Scenario: An unanswered approval of a newer release does not hold back an approved older one
    Given a pipeline "Shop" with stages:
      | stage | queue             | before |
      | QA    | at most 1, latest | ann    |
    And the definition says stages[0].slot_span = "jobs-only"
    When releases R1, R2, R3, R4 are created
    And ann approves QA of R1
    And ann approves QA of R2
    And ann approves QA of R3
    Then QA of R2 is canceled, superseded by R3
    When QA of R1 succeeds
    Then slots of QA were granted in this order: R1, R3
    And approvals are pending from ann for R4

  @D4 @Q6
  Scenario: What is cancelled before its slot leaves no trace in the queue
    Given a pipeline "Shop" with stages:
      | stage | queue               | before |
      | QA    | at most 1, in order | ann    |
    And the definition says stages[0].slot_span = "jobs-only"
    When releases R1, R2 are created
    And bob cancels QA of R1
    Then QA of R1 is canceled, by bob
    When ann approves QA of R2
    And QA of R2 succeeds
    Then QA of R2 is succeeded
    And slots of QA were granted in this order: R2

  @Q2 @E1
  Scenario: What comes next is told in the order of the slot span
    Given a pipeline "Shop" with stages:
      | stage | queue               | before | after |
      | QA    | at most 1, in order | ann    | pat   |
    And the definition says stages[0].slot_span = "jobs-only"
    When release R1 is created
    Then QA of R1 has ahead: a slot of its queue, its jobs, approvals after its jobs
