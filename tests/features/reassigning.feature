Feature: Handing approvals on
  Who is asked may hand an open approval on to another user.

  @AP9 @E3 @I11
  Scenario: An approver hands an open step on
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | QA    | ann, pat |
    And it is 2024-05-03 12:00
    When release R1 is created
    And ann hands QA of R1 on to bob, saying "on leave"
    Then approvals are pending from bob, pat for R1
    And the approvals of QA of R1 are:
      | before | bob instead of ann | pending |
      | before | pat                | pending |
    And the history of R1 is:
      | R1       | release.created        | user:eve | 2024-05-03 12:00 |
      | QA of R1 | deployment.triggered   | user:eve | 2024-05-03 12:00 |
      | QA of R1 | deployment.slot-granted | user:eve | 2024-05-03 12:00 |
      | QA of R1 | approval.asked         | user:eve | 2024-05-03 12:00 |
      | QA of R1 | approval.asked         | user:eve | 2024-05-03 12:00 |
      | QA of R1 | approval.reassigned    | user:ann | 2024-05-03 12:00 |
    When bob approves QA of R1
    And pat approves QA of R1
    Then the approvals of QA of R1 are:
      | before | bob instead of ann | approved by bob |
      | before | pat                | approved by pat |

  @AP9 @AP12
  Scenario: Who handed it on is not asked any more
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    When release R1 is created
    And ann hands QA of R1 on to bob
    And ann approves QA of R1
    Then it is refused: "user:ann is not an approver of 1/1#1-pre.0"
    When ann hands QA of R1 on to cy
    Then it is refused: "user:ann is not an approver of 1/1#1-pre.0"
    When bob rejects QA of R1
    Then QA of R1 is rejected, an approver said no

  @AP9
  Scenario: It is handed on from one to the next, and the chain is kept
    Given a pipeline "Shop" with stages:
      | stage | before    | after |
      | QA    | group Ops | pat   |
    And cy is a member of Ops
    When release R1 is created
    And cy hands QA of R1 on to ann
    And ann hands QA of R1 on to bob
    And bob hands QA of R1 on to cy
    And cy approves QA of R1
    Then the approvals of QA of R1 are:
      | before | cy instead of group Ops, ann, bob | approved by cy |
    When QA of R1 succeeds
    And pat hands QA of R1 on to ann
    And ann approves QA of R1
    Then QA of R1 is succeeded

  @AP9 @AP3
  Scenario: A member of a group takes it over, then the others may not answer
    Given a pipeline "Shop" with stages:
      | stage | before    |
      | QA    | group Ops |
    And cy is a member of Ops
    And di is a member of Ops
    When release R1 is created
    And cy hands QA of R1 on to cy
    And di approves QA of R1
    Then it is refused: "user:di is not an approver of 1/1#1-pre.0"
    When cy approves QA of R1
    Then the approvals of QA of R1 are:
      | before | cy instead of group Ops | approved by cy |

  @AP9 @AP12
  Scenario: Nobody else hands it on
    Given a pipeline "Shop" with stages:
      | stage | before    |
      | QA    | group Ops |
    When release R1 is created
    And bob hands QA of R1 on to bob
    Then it is refused: "user:bob is not an approver of 1/1#1-pre.0"

  @AP9
  Scenario: Only what is open is handed on
    Given a pipeline "Shop" with stages:
      | stage | before   | queue               |
      | QA    | ann, bob | at most 1, in order |
    When releases R1, R2 are created
    And ann approves QA of R1
    And ann hands QA of R1 on to cy
    Then it is refused: "approval 1/1#1-pre.0 is not open: it was approved by user:ann"
    When ann hands QA of R2 on to cy
    Then it is refused: "nobody is asked for approval 2/1#1-pre.0"

  @AP9 @I16
  Scenario: To whom it is handed already, it is so
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    When release R1 is created
    And ann hands QA of R1 on to ann
    Then nothing is recorded

  @AP9 @AP2
  Scenario: Nobody is asked twice at the same time
    Given a pipeline "Shop" with stages:
      | stage | before            |
      | QA    | ann, bob then cy  |
    When release R1 is created
    And ann hands QA of R1 on to bob
    Then it is refused: "bob is already asked, at the same time, for 1/1#1-pre.1"
    When bob approves QA of R1
    And ann hands QA of R1 on to bob
    Then it is refused: "bob is already asked, at the same time, for 1/1#1-pre.1"
    When ann hands QA of R1 on to cy
    And cy approves QA of R1
    Then approvals are pending from cy for R1

  @AP9 @AP6 @I11
  Scenario: The requester may not approve what was handed on to them
    Given a pipeline "Shop" with stages:
      | stage | before                 |
      | QA    | ann; not the requester |
    When release R1 is created by eve
    And ann hands QA of R1 on to eve
    Then QA of R1 waits for:
      | what                                                                                                                                                                  | cleared by | nature |
      | waits for approval by eve (instead of ann; who asked for it and may not approve) (before its jobs): nobody is left who could approve it, unless it is handed on |            | timed  |
    When eve approves QA of R1
    Then it is refused: "user:eve asked for the release or the deployment, and so may not approve 1/1#1-pre.0 (AP6)"
    When eve hands QA of R1 on to bob
    And bob approves QA of R1
    Then no approval is pending

  @AP9 @AP5
  Scenario: Its time goes on
    Given a pipeline "Shop" with stages:
      | stage | before                  |
      | QA    | ann; within 60 minutes  |
    When release R1 is created
    And 59 minutes pass
    And ann hands QA of R1 on to bob
    And 1 minute passes
    Then QA of R1 is rejected, an approval timed out

  @AP9
  Scenario: It is handed on so often and no more
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    When release R1 is created
    And the approval of QA of R1 is handed on between ann and bob 100 times
    And ann hands QA of R1 on to bob
    Then it is refused: "approval 1/1#1-pre.0 was handed on 100 times: answer it"
    When ann approves QA of R1
    Then no approval is pending

  @AP9 @AP13
  Scenario: A redeploy asks whom the pipeline names
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    When release R1 is created
    And ann hands QA of R1 on to bob
    And bob rejects QA of R1
    And eve deploys QA of R1
    Then approvals are pending from ann for R1

  @AP9 @R7
  Scenario: Who was handed a step before the approvals started again may be handed one anew
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | QA    | ann, bob |
    When release R1 is created
    And ann hands QA of R1 on to cy
    Given QA has one more task smoke-test
    When eve revises tasks of QA of R1
    Then approvals are pending from ann, bob for R1
    When bob hands QA of R1 on to cy
    Then approvals are pending from ann, cy for R1
