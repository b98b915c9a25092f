Feature: Cancelling and abandoning

  @scenario-37 @D4 @S2 @D2
  Scenario: Cancelling what runs
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    And Dev has these tasks:
      | job | task |
      | One | one  |
      | Two | two  |
    When release R1 is created
    And bob cancels Dev of R1, saying "wrong branch"
    Then Dev of R1 is in progress, cancelling
    And Dev of R1 shows inProgress, inProgress, cancelling
    And the tasks of Dev of R1 are:
      | one | asked to stop |
      | two | not begun     |
    When task one of Dev of R1 stops
    Then Dev of R1 is canceled, by bob
    And Dev of R1 shows canceled, failed, phaseCanceled
    And the jobs of Dev of R1 are:
      | One | canceled |
      | Two | skipped  |
    And QA of R1 is not started

  @D4
  Scenario: Tasks that always run still do
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task | condition |
      | one  |           |
      | two  |           |
      | tidy | always()  |
    When release R1 is created
    And bob cancels Dev of R1
    And task one of Dev of R1 stops
    Then Dev of R1 is in progress, cancelling
    And the tasks of Dev of R1 are:
      | one  | canceled |
      | two  | skipped  |
      | tidy | running  |
    When task tidy of Dev of R1 succeeds
    Then Dev of R1 is canceled, by bob

  @D4
  Scenario Outline: Once a cancel is recorded the result is canceled, whatever the tasks report
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    When release R1 is created
    And bob cancels Dev of R1
    And task deploy of Dev of R1 <how>
    Then Dev of R1 is canceled, by bob
    And the tasks of Dev of R1 are:
      | deploy | canceled |
    And QA of R1 is not started

    Examples:
      | how      |
      | succeeds |
      | fails    |
      | is lost  |

  @D4 @I16
  Scenario: A second cancel is already so
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And bob cancels Dev of R1
    And ann cancels Dev of R1
    Then nothing is recorded
    When task deploy of Dev of R1 stops
    Then Dev of R1 is canceled, by bob

  @D4
  Scenario: What is over is not cancelled, nor what never began
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    When release R1 is created
    And bob cancels QA of R1
    Then it is refused: "nothing goes on in stage 2 that could be cancelled"
    When Dev of R1 fails
    And bob cancels Dev of R1
    Then it is refused: "nothing goes on in stage 1 that could be cancelled"
    And Dev of R1 is rejected, jobs failed

  @D4 @D2
  Scenario: What waits for an approval is over at once
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | QA    | ann, bob |
    When release R1 is created
    And ann approves QA of R1
    And eve cancels QA of R1
    Then QA of R1 is canceled, by eve
    And QA of R1 shows canceled, notDeployed, canceled
    And the approvals of QA of R1 are:
      | before | ann | approved by ann |
      | before | bob | canceled        |
    When bob approves QA of R1
    Then it is refused: "approval 1/1#1-pre.1 is not open: it was canceled with its deployment"
    And no deployment began

  @D4
  Scenario: So is what waits for the approval after its jobs
    Given a pipeline "Shop" with stages:
      | stage | after |
      | QA    | pat   |
      | Prod  |       |
    When release R1 is created
    And QA of R1 succeeds
    And eve cancels QA of R1
    Then QA of R1 is canceled, by eve
    And no approval is pending
    And Prod of R1 is not started
    And the current release of QA is none

  @scenario-40 @R5 @I7
  Scenario: Abandoning
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    When release R1 is created
    And bob abandons R1
    Then it is refused: "jobs run in stage 1: cancel it first"
    When bob cancels Dev of R1
    And bob abandons R1
    Then it is refused: "jobs run in stage 1: cancel it first"
    When task deploy of Dev of R1 stops
    And bob abandons R1
    Then R1 is abandoned
    When bob deploys Dev of R1
    Then it is refused: "the release is abandoned, not active"
    When bob deploys R1 up to QA
    Then it is refused: "the release is abandoned, not active"
    When bob starts R1
    Then it is refused: "the release is abandoned, not a draft"
    When bob reactivates R1
    Then R1 is active
    And the stages are:
      |    | Dev      | QA          | Prod        |
      | R1 | canceled | not started | not started |
    When bob deploys Dev of R1
    Then Dev of R1 is in progress

  @R5 @I7
  Scenario: Abandoning cancels what does not run, in the same commit
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue               | before | after |
      | Dev   | after release |                     | ann    |       |
      | QA    | after release | at most 1, in order |        |       |
      | Docs  | after release |                     |        | pat   |
    When releases R1, R2 are created
    And Docs of R2 succeeds
    And bob abandons R2
    Then the stages are:
      |    | Dev                                | QA                                 | Docs                               |
      | R2 | canceled, the release was abandoned | canceled, the release was abandoned | canceled, the release was abandoned |
    And one commit holds:
      | Dev of R2  | deployment.over   |
      | QA of R2   | deployment.over   |
      | Docs of R2 | deployment.over   |
      | R2         | release.abandoned |
    And QA is waited for by nobody
    And approvals are pending from ann for R1

  @R5 @I16
  Scenario: Abandoning and reactivating twice are already so
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And bob abandons R1
    And bob abandons R1
    Then nothing is recorded
    When bob reactivates R1
    And bob reactivates R1
    Then nothing is recorded

  @D4 @J1 @J7
  Scenario: A task that begins while its deployment is cancelling has the job's cancel time-out, and no longer
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job  | cancel time-out | task  | condition | time-out |
      | Work | 3               | make  |           |          |
      | Work | 3               | sweep | always()  | 1        |
      | Work | 3               | clean | always()  |          |
    When release R1 is created
    And bob cancels Dev of R1
    And task make of Dev of R1 stops
    And 1 minute passes
    Then the tasks of Dev of R1 are:
      | make  | canceled      |
      | sweep | asked to stop |
      | clean | not begun     |
    When task sweep of Dev of R1 stops
    And 2 minutes pass
    Then the tasks of Dev of R1 are:
      | make  | canceled  |
      | sweep | timed out |
      | clean | running   |
    When 1 minute passes
    Then the tasks of Dev of R1 are:
      | make  | canceled      |
      | sweep | timed out     |
      | clean | asked to stop |
    When 3 minutes pass
    Then the tasks of Dev of R1 are:
      | make  | canceled  |
      | sweep | timed out |
      | clean | timed out |
    And Dev of R1 is canceled

  @D4 @J8 @J9
  Scenario: So has one that waits for a person or a moment
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Dev   | none  |
    And Dev has these tasks:
      | job  | kind   | cancel time-out | task | runs                | condition | input minutes | input users |
      | Work | server | 2               | make |                     |           |               |             |
      | Work | server | 2               | wait | delay               | always()  | 600           |             |
      | Work | server | 2               | look | manual-intervention | always()  |               | ann         |
    When release R1 is created
    And bob cancels Dev of R1
    And task make of Dev of R1 stops
    Then the tasks of Dev of R1 are:
      | make | canceled  |
      | wait | waiting   |
      | look | not begun |
    When 2 minutes pass
    Then the tasks of Dev of R1 are:
      | make | canceled  |
      | wait | timed out |
      | look | waiting   |
    When 2 minutes pass
    Then Dev of R1 is canceled
