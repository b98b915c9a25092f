@five-releases
Feature: Five releases, exactly
  One pipeline, whose first stage is QA, with pre-deployment approver ann and post-deployment approver pat. R1 to R5 are created
  one right after the other. Then every pending approval is granted as soon as it is asked for, and every deployment succeeds.
  One scenario for each line of the table in RULES.md.

  @scenario-16 @Q1 @Q2
  Scenario: Unlimited
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue | before | after |
      | QA    | after release | unlimited | ann    | pat   |
    When releases R1 to R5 are created
    Then approvals are pending from ann for R1 to R5
    And QA is waited for by nobody
    When every approval is granted as soon as it is asked for
    Then the stages are:
      |    | QA          |
      | R1 | in progress |
      | R2 | in progress |
      | R3 | in progress |
      | R4 | in progress |
      | R5 | in progress |
    And deployments began in this order: R1 to R5 in QA
    When every deployment succeeds
    Then at most 5 deployments of QA were in progress at once
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | succeeded |
      | R3 | succeeded |
      | R4 | succeeded |
      | R5 | succeeded |

  @scenario-17 @Q1 @Q2 @Q3 @I2
  Scenario: At most 1, in order
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue | before | after |
      | QA    | after release | at most 1, in order | ann    | pat   |
    When releases R1 to R5 are created
    Then approvals are pending from ann for R1
    And QA is waited for by R2 to R5
    When ann approves QA of R1
    Then no approval is pending
    When QA of R1 succeeds
    Then approvals are pending from pat for R1
    When pat approves QA of R1
    Then approvals are pending from ann for R2
    When every approval is granted as soon as it is asked for
    And every deployment succeeds
    Then approvals were asked for in this order: ann for R1, pat for R1, ann for R2, pat for R2, ann for R3, pat for R3, ann for R4, pat for R4, ann for R5, pat for R5
    And never more than 1 approval was pending
    And deployments began in this order: R1 to R5 in QA
    And at most 1 deployment of QA was in progress at once
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | succeeded |
      | R3 | succeeded |
      | R4 | succeeded |
      | R5 | succeeded |

  @scenario-19 @Q1 @Q4 @I3 @I5
  Scenario: At most 1, latest
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue | before | after |
      | QA    | after release | at most 1, latest | ann    | pat   |
    When releases R1 to R5 are created
    Then approvals are pending from ann for R1
    And QA is waited for by R5
    And the stages are:
      |    | QA                         |
      | R1 | in progress                |
      | R2 | canceled, superseded by R3 |
      | R3 | canceled, superseded by R4 |
      | R4 | canceled, superseded by R5 |
      | R5 | queued                     |
    When ann approves QA of R1
    And QA of R1 succeeds
    Then approvals are pending from pat for R1
    When pat approves QA of R1
    Then approvals are pending from ann for R5
    And one commit holds:
      | QA of R1 | deployment.over         |
      | QA of R5 | deployment.slot-granted |
      | QA of R5 | approval.asked          |
    When every approval is granted as soon as it is asked for
    And every deployment succeeds
    Then deployments began in this order: R1, R5 in QA
    And at most 1 deployment of QA was in progress at once
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | canceled, superseded by R3 |
      | R3 | canceled, superseded by R4 |
      | R4 | canceled, superseded by R5 |
      | R5 | succeeded |

  @Q1 @Q3
  Scenario: At most 2, in order
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue | before | after |
      | QA    | after release | at most 2, in order | ann    | pat   |
    When releases R1 to R5 are created
    Then approvals are pending from ann for R1, R2
    And QA is waited for by R3 to R5
    When ann approves QA of R1
    And QA of R1 succeeds
    Then approvals are pending: ann for R2, pat for R1
    When pat approves QA of R1
    Then approvals are pending from ann for R2, R3
    When every approval is granted as soon as it is asked for
    And every deployment succeeds
    Then at most 2 deployments of QA were in progress at once
    And slots of QA were granted in this order: R1 to R5
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | succeeded |
      | R3 | succeeded |
      | R4 | succeeded |
      | R5 | succeeded |

  @scenario-20 @Q1 @Q4
  Scenario: At most 2, latest; R1 ends first
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue | before | after |
      | QA    | after release | at most 2, latest | ann    | pat   |
    When releases R1 to R5 are created
    Then approvals are pending from ann for R1, R2
    And QA is waited for by R5
    And the stages are:
      |    | QA                         |
      | R1 | in progress                |
      | R2 | in progress                |
      | R3 | canceled, superseded by R4 |
      | R4 | canceled, superseded by R5 |
      | R5 | queued                     |
    When ann approves QA of R1
    And QA of R1 succeeds
    And pat approves QA of R1
    Then approvals are pending from ann for R2, R5
    When every approval is granted as soon as it is asked for
    And every deployment succeeds
    Then slots of QA were granted in this order: R1, R2, R5
    And at most 2 deployments of QA were in progress at once
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | succeeded |
      | R3 | canceled, superseded by R4 |
      | R4 | canceled, superseded by R5 |
      | R5 | succeeded |

  @scenario-20 @Q4
  Scenario: At most 2, latest; R2 ends first
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue | before | after |
      | QA    | after release | at most 2, latest | ann    | pat   |
    When releases R1 to R5 are created
    And ann approves QA of R2
    And QA of R2 succeeds
    And pat approves QA of R2
    Then approvals are pending from ann for R1, R5
    When every approval is granted as soon as it is asked for
    And every deployment succeeds
    Then slots of QA were granted in this order: R1, R2, R5
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | succeeded |
      | R3 | canceled, superseded by R4 |
      | R4 | canceled, superseded by R5 |
      | R5 | succeeded |

  @Q1
  Scenario: Unlimited, no approvers
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue |
      | QA    | after release | unlimited |
    When releases R1 to R5 are created
    Then no approval is pending
    And deployments began in this order: R1 to R5 in QA
    When every deployment succeeds
    Then at most 5 deployments of QA were in progress at once
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | succeeded |
      | R3 | succeeded |
      | R4 | succeeded |
      | R5 | succeeded |

  @scenario-18 @Q3 @I1 @I2
  Scenario: At most 1, in order, no approvers
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue |
      | QA    | after release | at most 1, in order |
    When releases R1 to R5 are created
    Then no approval is pending
    And deployments began in this order: R1 in QA
    When every deployment succeeds
    Then deployments began in this order: R1 to R5 in QA
    And at most 1 deployment of QA was in progress at once
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | succeeded |
      | R3 | succeeded |
      | R4 | succeeded |
      | R5 | succeeded |

  @Q4 @I3
  Scenario: At most 1, latest, no approvers
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue |
      | QA    | after release | at most 1, latest |
    When releases R1 to R5 are created
    Then no approval is pending
    And QA is waited for by R5
    When every deployment succeeds
    Then deployments began in this order: R1, R5 in QA
    And at most 1 deployment of QA was in progress at once
    And the stages are:
      |    | QA |
      | R1 | succeeded |
      | R2 | canceled, superseded by R3 |
      | R3 | canceled, superseded by R4 |
      | R4 | canceled, superseded by R5 |
      | R5 | succeeded |

  @Q3 @D3 @AP4
  Scenario: At most 1, in order, ann rejects R1
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue | before | after |
      | QA    | after release | at most 1, in order | ann    | pat   |
    When releases R1 to R5 are created
    Then approvals are pending from ann for R1
    When ann rejects QA of R1
    Then QA of R1 is rejected, an approver said no
    And approvals are pending from ann for R2
    When every approval is granted as soon as it is asked for
    And every deployment succeeds
    Then deployments began in this order: R2 to R5 in QA
    And the stages are:
      |    | QA |
      | R1 | rejected, an approver said no |
      | R2 | succeeded |
      | R3 | succeeded |
      | R4 | succeeded |
      | R5 | succeeded |
