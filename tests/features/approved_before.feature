Feature: Approved before
  Whoever approved the stages before needs not be asked again, where a pipeline says so.

  Background:
    Given every deployment succeeds

  @AP7 @I10
  Scenario: A step is skipped if its user approved the stage before
    Given a pipeline "Shop" with stages:
      | stage | before   | after | tasks  |
      | Dev   | ann, bob | pat   | deploy |
      | QA    | ann, cy; skipped if approved before | | deploy |
    When release R1 is created
    And ann approves Dev of R1
    And bob approves Dev of R1
    And pat approves Dev of R1
    Then approvals are pending from cy for R1
    And the approvals of QA of R1 are:
      | before | ann | approved before by 1/1#1-pre.0 |
      | before | cy  | pending                        |
    When cy approves QA of R1
    Then QA of R1 is succeeded

  @AP7
  Scenario: An approval after the jobs of the stage before counts, too
    Given a pipeline "Shop" with stages:
      | stage | before | after |
      | Dev   |        | pat   |
      | QA    | pat; skipped if approved before | |
    When release R1 is created
    And pat approves Dev of R1
    Then QA of R1 is succeeded
    And the approvals of QA of R1 are:
      | before | pat | approved before by 1/1#1-post.0 |

  @AP7
  Scenario: Unless it is said, the same person is asked again
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
      | QA    | ann    |
    When release R1 is created
    And ann approves Dev of R1
    Then approvals are pending from ann for R1

  @AP7
  Scenario: Of several stages before, each must have been approved by them
    Given a pipeline "Shop" with stages:
      | stage | starts        | before   |
      | QA1   | after release | ann      |
      | QA2   | after release | ann, bob |
      | QA3   | after release | bob      |
      | Live  | after QA1, QA2 | ann, bob; skipped if approved before | |
      | Prod  | after QA2, QA3 | ann, bob; skipped if approved before | |
    When release R1 is created
    And ann approves QA1 of R1
    And ann approves QA2 of R1
    And bob approves QA2 of R1
    Then the approvals of Live of R1 are:
      | before | ann | approved before by 1/1#1-pre.0, 1/2#1-pre.0 |
      | before | bob | pending                                     |
    When bob approves QA3 of R1
    Then the approvals of Prod of R1 are:
      | before | ann | pending                                     |
      | before | bob | approved before by 1/2#1-pre.1, 1/3#1-pre.0 |

  @AP7 @AP3
  Scenario: For a group, a member of it
    Given a pipeline "Shop" with stages:
      | stage | before                                |
      | Dev   | cy                                    |
      | QA    | group Ops; skipped if approved before |
      | Prod  | group Ops; skipped if approved before |
    And cy is a member of Ops
    When release R1 is created
    And cy approves Dev of R1
    Then the approvals of QA of R1 are:
      | before | group Ops | approved before by 1/1#1-pre.0 |
    And approvals are pending from group Ops for R1

  @AP7 @AP3
  Scenario: Not who is no member, and not who became one later
    Given a pipeline "Shop" with stages:
      | stage | before    | after |
      | Dev   | cy        | pat   |
      | QA    | group Ops; skipped if approved before | |
    When release R1 is created
    And cy approves Dev of R1
    Given cy is a member of Ops
    When pat approves Dev of R1
    Then approvals are pending from group Ops for R1

  @AP7
  Scenario: It rests on answers only, not on what was skipped itself
    Given a pipeline "Shop" with stages:
      | stage | before                          |
      | Dev   | ann                             |
      | QA    | ann; skipped if approved before |
      | Prod  | ann; skipped if approved before |
    When release R1 is created
    And ann approves Dev of R1
    Then QA of R1 is succeeded
    And approvals are pending from ann for R1
    And the approvals of Prod of R1 are:
      | before | ann | pending |

  @AP7
  Scenario: Only the latest attempt at the stage before counts
    Given a pipeline "Shop" with stages:
      | stage | before        | after |
      | Dev   | 1 of ann, bob |       |
      | QA    | ann; skipped if approved before | |
    When release R1 is created
    And ann approves Dev of R1
    Then QA of R1 is succeeded
    When eve deploys Dev of R1
    And bob approves Dev of R1
    Then QA of R1 has these attempts:
      | attempt | state       | reason    |
      | 1       | succeeded   | automated |
      | 2       | in progress | automated |
    And approvals are pending from ann for R1

  @AP7 @AP13
  Scenario: Never for a deployment by hand
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
      | QA    | ann; skipped if approved before |
    When release R1 is created
    And ann approves Dev of R1
    Then QA of R1 is succeeded
    When eve deploys QA of R1
    Then approvals are pending from ann for R1

  @AP7 @AP2
  Scenario: What was approved before counts among the approvals that are required
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
      | QA    | 1 of bob, ann; skipped if approved before |
    When release R1 is created
    And ann approves Dev of R1
    Then QA of R1 is succeeded
    And the approvals of QA of R1 are:
      | before | -   | skipped                        |
      | before | ann | approved before by 1/1#1-pre.0 |

  @AP7 @AP2
  Scenario: In sequence, it is skipped when its turn comes
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
      | QA    | bob then ann then cy; skipped if approved before |
    When release R1 is created
    And ann approves Dev of R1
    Then approvals are pending from bob for R1
    When bob approves QA of R1
    Then approvals are pending from cy for R1
    And the approvals of QA of R1 are:
      | before | bob | approved by bob                |
      | before | ann | approved before by 1/1#1-pre.0 |
      | before | cy  | pending                        |

  @AP7 @AP6 @I11
  Scenario: An answer of somebody who may not approve here stands for nothing
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | eve    |
      | QA    | eve, ann; skipped if approved before; not the requester |
    When release R1 is created by eve
    And eve approves Dev of R1
    Then approvals are pending from eve, ann for R1

  @AP7 @P5
  Scenario: Approvals after the jobs are never skipped
    Given a pipeline "Shop" with stages:
      | stage | after                           |
      | Dev   | ann; skipped if approved before |
    When eve saves the pipeline
    Then it is refused: "...stages[0].after.approvals.skip_if_approved_before: is for approvals before the jobs only"
