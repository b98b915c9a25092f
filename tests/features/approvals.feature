Feature: Approvals
  Who must agree before the jobs of a deployment begin, and after they have ended.

  @AP1 @I10 @D2
  Scenario: No job begins before the approval, and no stage succeeds before the one after it
    Given a pipeline "Shop" with stages:
      | stage | before | after |
      | QA    | ann    | pat   |
    When release R1 is created
    Then no deployment began
    And QA of R1 shows inProgress, notDeployed, pending
    When ann approves QA of R1
    Then deployments began in this order: QA of R1
    And QA of R1 shows inProgress, inProgress, phaseInProgress
    When QA of R1 succeeds
    Then QA of R1 shows inProgress, inProgress, pending
    When pat approves QA of R1
    Then QA of R1 shows succeeded, succeeded, approved
    And the approvals of QA of R1 are:
      | before | ann | approved by ann |
      | after  | pat | approved by pat |

  @AP1
  Scenario: An automatic step approves itself
    Given a pipeline "Shop" with stages:
      | stage | before         | after     |
      | QA    | automatic, ann | automatic |
    When release R1 is created
    Then approvals are pending from ann for R1
    When ann approves QA of R1
    And QA of R1 succeeds
    Then QA of R1 is succeeded
    And the approvals of QA of R1 are:
      | before | -   | approved itself |
      | before | ann | approved by ann |
      | after  | -   | approved itself |

  @scenario-22 @AP2
  Scenario: Any order
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | QA    | ann, bob |
    When release R1 is created
    Then approvals are pending from ann, bob for R1
    When bob approves QA of R1
    Then approvals are pending from ann for R1
    And no deployment began
    When ann approves QA of R1
    Then deployments began in this order: QA of R1

  @scenario-23 @AP2
  Scenario: In sequence
    Given a pipeline "Shop" with stages:
      | stage | before       |
      | QA    | ann then bob |
    When release R1 is created
    Then approvals are pending from ann for R1
    When bob approves QA of R1
    Then it is refused: "user:bob is not an approver of 1/1#1-pre.0"
    When ann approves QA of R1
    Then approvals are pending from bob for R1
    And no deployment began
    When bob approves QA of R1
    Then deployments began in this order: QA of R1
    And never more than 1 approval was pending

  @AP2
  Scenario: In sequence, those of one rank are asked at once
    Given a pipeline "Shop" with stages:
      | stage | before               |
      | QA    | ann, bob then cy, di |
    When release R1 is created
    Then approvals are pending from ann, bob for R1
    When bob approves QA of R1
    Then approvals are pending from ann for R1
    When ann approves QA of R1
    Then approvals are pending from cy, di for R1

  @scenario-24 @AP2
  Scenario: Any one user approves
    Given a pipeline "Shop" with stages:
      | stage | before        |
      | QA    | 1 of ann, bob |
    When release R1 is created
    Then approvals are pending from ann, bob for R1
    When ann approves QA of R1
    Then deployments began in this order: QA of R1
    And the approvals of QA of R1 are:
      | before | ann | approved by ann |
      | before | bob | skipped         |
    When bob approves QA of R1
    Then it is refused: "approval 1/1#1-pre.1 is not open: it was skipped, enough others approved"

  @scenario-24 @AP2 @AP4
  Scenario: Any one user rejects
    Given a pipeline "Shop" with stages:
      | stage | before        |
      | QA    | 1 of ann, bob |
    When release R1 is created
    And bob rejects QA of R1, saying "not on a Friday"
    Then QA of R1 is rejected, an approver said no
    And the approvals of QA of R1 are:
      | before | ann | canceled                                     |
      | before | bob | rejected by bob, saying "not on a Friday"    |
    When ann approves QA of R1
    Then it is refused: "approval 1/1#1-pre.0 is not open: it was canceled with its deployment"
    And no deployment began

  @AP2
  Scenario: Two of three in sequence count over all steps
    Given a pipeline "Shop" with stages:
      | stage | before                    |
      | QA    | 2 of ann then bob then cy |
    When release R1 is created
    And ann approves QA of R1
    Then approvals are pending from bob for R1
    When bob approves QA of R1
    Then deployments began in this order: QA of R1
    And the approvals of QA of R1 are:
      | before | ann | approved by ann |
      | before | bob | approved by bob |
      | before | -   | skipped         |

  @AP2 @P5
  Scenario: No more approvals are required than there are steps
    Given a pipeline "Shop" with stages:
      | stage | before        |
      | QA    | 3 of ann, bob |
    When eve saves the pipeline
    Then it is refused: "...stages[0].before.approvals.required.at-least: must not be more than the number of steps, 2, is 3"

  @scenario-25 @AP3 @AP12 @I11
  Scenario: A group
    Given a pipeline "Shop" with stages:
      | stage | before    |
      | QA    | group Ops |
    And cy is a member of Ops
    When release R1 is created
    Then approvals are pending from group Ops for R1
    When bob approves QA of R1
    Then it is refused: "user:bob is not an approver of 1/1#1-pre.0"
    When cy approves QA of R1
    Then the approvals of QA of R1 are:
      | before | group Ops | approved by cy as a member of Ops |

  @AP3 @I11
  Scenario: Members of a group are those at the moment of answering
    Given a pipeline "Shop" with stages:
      | stage | before    |
      | QA    | group Ops |
    And cy is a member of Ops
    When release R1 is created
    Given cy is no longer a member of Ops
    And di is a member of Ops
    When cy approves QA of R1
    Then it is refused: "user:cy is not an approver of 1/1#1-pre.0"
    When di approves QA of R1
    Then QA of R1 is in progress
    And no approval is pending

  @AP4 @AP2
  Scenario: One rejection is enough where all must approve
    Given a pipeline "Shop" with stages:
      | stage | before       |
      | QA    | ann, bob, cy |
    When release R1 is created
    And ann approves QA of R1
    And bob rejects QA of R1
    Then QA of R1 is rejected, an approver said no
    And the approvals of QA of R1 are:
      | before | ann | approved by ann |
      | before | bob | rejected by bob |
      | before | cy  | canceled        |

  @AP4 @D3 @D2
  Scenario: A rejection after deployment rejects the stage, although its jobs have ended
    Given a pipeline "Shop" with stages:
      | stage | after |
      | QA    | pat   |
    When release R1 is created
    And QA of R1 succeeds
    And pat rejects QA of R1
    Then QA of R1 is rejected, an approver said no
    And QA of R1 shows rejected, failed, rejected
    And the jobs of QA of R1 ended as succeeded

  @AP6 @I11
  Scenario Outline: Who asked for it may not approve it
    Given a pipeline "Shop" with stages:
      | stage | starts | before                                |
      | QA    | manual | eve, fay, bob, ann; not the requester |
    When release R1 is created by eve with:
      | requested for | fay |
    And bob deploys QA of R1
    And <who> approves QA of R1
    Then it is refused: "user:<who> asked for the release or the deployment, and so may not approve ... (AP6)"
    When ann approves QA of R1
    Then QA of R1 is in progress
    When <who> rejects QA of R1
    Then QA of R1 is rejected, an approver said no

    Examples:
      | who |
      | eve |
      | fay |
      | bob |

  @AP6 @I11
  Scenario: Who starts a draft has started what begins with it, and nothing that follows
    Given a pipeline "Shop" with stages:
      | stage | starts        | before                  |
      | Dev   | after release | bob; not the requester  |
      | QA    | after Dev     | bob; not the requester  |
    When release R1 is created by eve with:
      | draft | yes |
    And bob starts R1
    Then Dev of R1 has these attempts:
      | attempt | state       | reason    | by  |
      | 1       | in progress | automated | bob |
    When bob approves Dev of R1
    Then it is refused: "user:bob asked for the release or the deployment, and so may not approve 1/1#1-pre.0 (AP6)"
    When bob rejects Dev of R1
    And eve deploys Dev of R1
    And bob approves Dev of R1
    And Dev of R1 succeeds
    And bob approves QA of R1
    Then QA of R1 is in progress
    And no approval is pending

  @AP6 @S6 @I11
  Scenario: Who names a target has started what begins at once, and nothing that follows
    Given a pipeline "Shop" with stages:
      | stage | starts    | before                 |
      | Dev   | manual    | bob; not the requester |
      | QA    | after Dev | bob; not the requester |
    When release R1 is created by eve
    And bob deploys R1 up to QA
    And bob approves Dev of R1
    Then it is refused: "user:bob asked for the release or the deployment, and so may not approve 1/1#1-pre.0 (AP6)"
    When bob cancels Dev of R1
    And ann deploys R1 up to QA
    And bob approves Dev of R1
    And Dev of R1 succeeds
    And bob approves QA of R1
    Then QA of R1 is in progress

  @AP6 @AP3 @I11
  Scenario: Nor as a member of a group
    Given a pipeline "Shop" with stages:
      | stage | before                       |
      | QA    | group Ops; not the requester |
    And eve is a member of Ops
    And ann is a member of Ops
    When release R1 is created by eve
    And eve approves QA of R1
    Then it is refused: "user:eve asked for the release or the deployment, and so may not approve 1/1#1-pre.0 (AP6)"
    When ann approves QA of R1
    Then no approval is pending

  @AP6
  Scenario: Unless it is said, the requester may approve
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | eve    |
    When release R1 is created by eve
    And eve approves QA of R1
    Then no approval is pending

  @AP11
  Scenario: An answer records who gave it, as what, and what they said
    Given a pipeline "Shop" with stages:
      | stage | before         |
      | QA    | ann, group Ops |
    And cy is a member of Ops
    When release R1 is created
    And ann approves QA of R1, saying "looks good"
    And cy approves QA of R1
    Then the approvals of QA of R1 are:
      | before | ann       | approved by ann, saying "looks good" |
      | before | group Ops | approved by cy as a member of Ops    |
    And every answer says the digest of what was approved

  @AP11 @S8
  Scenario: What is approved includes the values that were given when deploying
    Given a pipeline "Shop" with stages:
      | stage | starts | before |
      | QA    | manual | ann    |
    And these variables:
      | name  | value | of | settable |
      | color | blue  | QA | yes      |
    When release R1 is created
    And bob deploys QA of R1 with:
      | variable color | green |
    And ann approves QA of R1
    Then every answer says the digest of what was approved

  @AP6 @E1
  Scenario: Where too few are left who could approve, it is said
    Given a pipeline "Shop" with stages:
      | stage | before                             |
      | QA    | ann, eve; not the requester        |
      | Live  | eve then ann; not the requester    |
      | Prod  | eve, group Ops; not the requester  |
      | Last  | 1 of eve, ann; not the requester   |
    And Live starts after release
    And Prod starts after release
    And Last starts after release
    When release R1 is created by eve
    Then QA of R1 waits for:
      | what                                                                                                                                                       | cleared by |
      | waits for approval by ann, eve (who asked for it and may not approve) (before its jobs): too few are left who could approve it, unless it is handed on | ann        |
    And Live of R1 waits for:
      | what                                                                                                                                                  | cleared by | nature |
      | waits for approval by eve (who asked for it and may not approve) (before its jobs): too few are left who could approve it, unless it is handed on |            | timed  |
    And Prod of R1 waits for:
      | what                                                                                                                                                                                             | cleared by |
      | waits for approval by eve (who asked for it and may not approve), the group Ops (but not eve, who asked for it) (before its jobs): too few are left who could approve it, unless it is handed on | group Ops  |
    And Last of R1 waits for:
      | what                                                                                            | cleared by |
      | waits for approval by 1 of eve (who asked for it and may not approve), ann (before its jobs) | ann        |

  @AP11
  Scenario: A comment may be so long and no longer
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    When release R1 is created
    And ann approves QA of R1, saying "4001 characters"
    Then it is refused: "the comment has 4001 characters, at most 4000 are allowed"
    When ann approves QA of R1, saying "4000 characters"
    Then no approval is pending

  @AP12 @I11
  Scenario: Only who is asked may answer
    Given a pipeline "Shop" with stages:
      | stage | before | after |
      | QA    | ann    | pat   |
    When release R1 is created
    And pat approves QA of R1
    Then it is refused: "user:pat is not an approver of 1/1#1-pre.0"
    When bob rejects QA of R1
    Then it is refused: "user:bob is not an approver of 1/1#1-pre.0"
    When the system approves QA of R1
    Then it is refused: "system is not an approver of 1/1#1-pre.0"
    And approvals are pending from ann for R1

  @AP12
  Scenario: Nobody is asked while a deployment waits for its slot
    Given a pipeline "Shop" with stages:
      | stage | before | queue               |
      | QA    | ann    | at most 1, in order |
    When releases R1, R2 are created
    And ann approves QA of R2
    Then it is refused: "nobody is asked for approval 2/1#1-pre.0"

  @I16 @AP11
  Scenario: The same answer once more is already so, another one is refused
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | QA    | ann, bob |
    When release R1 is created
    And ann approves QA of R1
    And ann approves QA of R1
    Then nothing is recorded
    When ann rejects QA of R1
    Then it is refused: "approval 1/1#1-pre.0 is not open: it was approved by user:ann"

  @scenario-27 @AP13 @D3 @D5
  Scenario: Fresh approvals per attempt
    Given a pipeline "Shop" with stages:
      | stage | before | after |
      | Dev   | ann    | pat   |
    When release R1 is created
    And ann approves Dev of R1
    And Dev of R1 fails
    Then Dev of R1 is rejected, jobs failed
    And no approval is pending
    When bob deploys Dev of R1
    Then approvals are pending from ann for R1
    And the approvals of attempt 1 at Dev of R1 are:
      | before | ann | approved by ann |
    And the approvals of attempt 2 at Dev of R1 are:
      | before | ann | pending |

  @AP6 @I11 @S7
  Scenario: Neither who had a deployment scheduled nor who brought it forward may approve it
    Given a pipeline "Shop" with stages:
      | stage | starts | before                           |
      | QA    | manual | bob, cy, ann; not the requester  |
    And it is 2024-05-03 12:00
    When release R1 is created by eve
    And bob deploys QA of R1 at 2024-05-03 18:00
    And cy deploys QA of R1
    And bob approves QA of R1
    Then it is refused: "user:bob asked for the release or the deployment, and so may not approve 1/1#1-pre.0 (AP6)"
    When cy approves QA of R1
    Then it is refused: "user:cy asked for the release or the deployment, and so may not approve 1/1#1-pre.1 (AP6)"
    When ann approves QA of R1
    Then QA of R1 has these attempts:
      | attempt | state       | reason | by |
      | 1       | in progress | manual | cy |
