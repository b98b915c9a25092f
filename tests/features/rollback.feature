Feature: Automatic redeploy
  When a deployment to a stage is rejected, the stage deploys what was good there before.

  @D6 @S7
  Scenario: The last release that succeeded is deployed again, and with its own versions
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | Prod  | at most 1, in order |
    And the definition says stages[0].redeploy = "last-good"
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Prod has these tasks:
      | task   | input script                |
      | deploy | deploy $(Build.BuildNumber) |
    When release R1 is created with:
      | artifact app | 18 |
    And Prod of R1 succeeds
    And release R2 is created with:
      | artifact app | 19 |
    And Prod of R2 fails
    Then Prod of R2 is rejected, jobs failed
    And Prod of R1 has these attempts:
      | attempt | state       | reason          | by         |
      | 1       | succeeded   | automated       | the system |
      | 2       | in progress | redeploytrigger | the system |
    And task deploy of Prod of R1 is told script = "deploy 18"
    And queue.rollback-chosen was recorded last with {"rejected":"2/1#1","good":"1/1#1"}
    When Prod of R1 succeeds
    Then the current release of Prod is R1

  @D6
  Scenario: So it is when somebody says no
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Prod  | ann    |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And ann approves Prod of R1
    And Prod of R1 succeeds
    And release R2 is created
    And ann rejects Prod of R2
    Then approvals are pending from ann for R1
    When ann approves Prod of R1
    And Prod of R1 succeeds
    Then Prod of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |
      | 2       | succeeded |

  @D6
  Scenario: Not where nobody asked for it, and not when it was cancelled
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | QA    | after release |
      | Prod  | after release |
    And the definition says stages[1].redeploy = "last-good"
    When release R1 is created
    And QA of R1 succeeds
    And Prod of R1 succeeds
    And release R2 is created
    And QA of R2 fails
    And bob cancels Prod of R2
    And task deploy of Prod of R2 stops
    Then Prod of R2 is canceled
    And queue.rollback-chosen was recorded 0 times
    And queue.rollback-declined was recorded 0 times

  @D6
  Scenario: Never for a failure of such a redeploy itself
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And release R2 is created
    And Prod of R2 fails
    And Prod of R1 fails
    Then Prod of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |
      | 2       | rejected  |
    And queue.rollback-chosen was recorded 1 time
    And queue.rollback-declined was recorded 0 times
    When release R3 is created
    And Prod of R3 fails
    Then queue.rollback-chosen was recorded 2 times
    And Prod of R1 is in progress

  @D6
  Scenario: Not where nothing has succeeded fully
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 partially succeeds
    And release R2 is created
    And Prod of R2 fails
    Then queue.rollback-declined was recorded last with {"rejected":"2/1#1","because":"nothing-succeeded"}
    And Prod of R1 is partially succeeded

  @D6 @I5
  Scenario: Not where another deployment waits for a slot
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | Prod  | at most 1, in order |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And releases R2, R3 are created
    And Prod of R2 fails
    Then queue.rollback-declined was recorded last with {"rejected":"2/1#1","because":"another-goes-on"}
    And Prod of R3 is in progress

  @D6
  Scenario: Nor where another one holds a slot
    Given a pipeline "Shop" with stages:
      | stage | after |
      | Prod  | ann   |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And ann approves Prod of R1
    And releases R2, R3 are created
    And Prod of R2 fails
    Then queue.rollback-declined was recorded last with {"rejected":"2/1#1","because":"another-goes-on"}
    And Prod of R1 is succeeded

  @D6
  Scenario: Nor where a newer one has begun
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And releases R2, R3 are created
    And Prod of R3 succeeds
    And Prod of R2 fails
    Then queue.rollback-declined was recorded last with {"rejected":"2/1#1","because":"newer-begun"}
    And Prod of R3 is succeeded

  @D6
  Scenario: One that is newer and ended before this one began is no reason
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Prod  | ann    |
    And the definition says stages[0].redeploy = "last-good"
    When releases R1, R2 are created
    And ann approves Prod of R2
    And Prod of R2 succeeds
    And ann approves Prod of R1
    And Prod of R1 fails
    Then queue.rollback-chosen was recorded last with {"rejected":"1/1#1","good":"2/1#1"}
    And approvals are pending from ann for R2

  @D6 @R5
  Scenario: Not if that release is abandoned
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And bob abandons R1
    And release R2 is created
    And Prod of R2 fails
    Then stage.trigger-ignored was recorded last with {"stage":1,"because":"release-abandoned"}
    And Prod of R1 is succeeded
    And Prod of R2 is rejected

  @D6
  Scenario: Not if that release has a deployment there that is not over
    Given it is 2024-05-03 12:00
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And bob deploys Prod of R1 at 2024-05-04 12:00
    And release R2 is created
    And Prod of R2 fails
    Then stage.trigger-ignored was recorded last with {"stage":1,"because":"deployment-not-over"}
    And Prod of R1 is scheduled

  @D6 @P6
  Scenario: Not from a pipeline that is being deleted
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And release R2 is created
    And eve deletes the pipeline by force, saying "moved"
    And task deploy of Prod of R2 fails
    Then Prod of R2 is canceled
    And Prod of R1 is succeeded

  @D6 @S2
  Scenario: It triggers no other stage when it succeeds
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | QA    | after release |
      | Prod  | after QA      |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And QA of R1 succeeds
    And Prod of R1 succeeds
    And release R2 is created
    And QA of R2 fails
    And QA of R1 succeeds
    Then QA of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |
      | 2       | succeeded |
    And Prod of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |

  @D6 @Q4 @Q2
  Scenario: It supersedes nothing
    Given a pipeline "Shop" with stages:
      | stage | queue             | before |
      | Prod  | at most 1, latest | ann    |
    And the definition says stages[0].redeploy = "last-good"
    And the definition says stages[0].slot_span = "jobs-only"
    When release R1 is created
    And ann approves Prod of R1
    And Prod of R1 succeeds
    And release R2 is created
    And ann rejects Prod of R2
    Then approvals are pending from ann for R1
    When releases R3, R4 are created
    And ann approves Prod of R3
    And ann approves Prod of R4
    Then Prod is waited for by R4
    When ann approves Prod of R1
    Then the stages are:
      |    | Prod                       |
      | R1 | canceled, superseded by R4 |
      | R3 | in progress                |
      | R4 | in progress                |
    And Prod is waited for by R4

  @D6
  Scenario: A restart changes nothing
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And release R2 is created
    And Prod of R2 fails
    And the engine restarts
    Then Prod of R1 has these attempts:
      | attempt | state       |
      | 1       | succeeded   |
      | 2       | in progress |

  @D6
  Scenario: What would be deployed again is not deleted
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And release R2 is created
    And bob deletes R1
    Then it is refused: "...it is the last good release of stage 1..."
    When Prod of R2 fails
    Then Prod of R1 is in progress

  @D6 @S5
  Scenario: Not if only an override of artifact filters let that release in
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Prod  | manual |
    And the definition says stages[0].redeploy = "last-good"
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Prod takes only versions of app from main
    When release R1 is created with:
      | artifact app        | 18         |
      | artifact app branch | features/a |
    And bob deploys Prod of R1 in spite of its artifact filters, saying "a hotfix"
    And Prod of R1 succeeds
    And release R2 is created with:
      | artifact app        | 19   |
      | artifact app branch | main |
    And bob deploys Prod of R2
    And Prod of R2 fails
    Then stage.trigger-ignored was recorded last with {"stage":1,"because":"never-starts"}
    And Prod of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |
    And the last good release of Prod is R1

  # Story: the stage before counted as going on while its last good release was deployed once more, and its followers never started.
  @D6 @S2
  Scenario: A stage stands as it did while its release is deployed there again
    Given a pipeline "Shop" with stages:
      | stage | starts         |
      | Prod  | after release  |
      | QA    | after release  |
      | Live  | after Prod, QA |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And release R2 is created
    And Prod of R2 fails
    Then Prod of R1 is in progress
    And Live of R1 waits for:
      | what                       | cleared by |
      | waits for QA (in progress) | QA         |
    When QA of R1 succeeds
    Then Live of R1 is in progress

  @D6 @S2
  Scenario: What failed when it was deployed there again stands as failed
    Given a pipeline "Shop" with stages:
      | stage | starts         |
      | Prod  | after release  |
      | QA    | after release  |
      | Live  | after Prod, QA |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And Prod of R1 succeeds
    And release R2 is created
    And Prod of R2 fails
    And Prod of R1 fails
    And QA of R1 succeeds
    Then Live of R1 is not started

  @D6 @S2 @S6
  Scenario: One that is called off before it begins leaves the stage as it stood
    Given a pipeline "Shop" with stages:
      | stage | starts         | before |
      | Prod  | after release  | ann    |
      | QA    | after release  |        |
      | Live  | after Prod, QA |        |
    And the definition says stages[0].redeploy = "last-good"
    When release R1 is created
    And ann approves Prod of R1
    And Prod of R1 succeeds
    And release R2 is created
    And ann rejects Prod of R2
    And ann rejects Prod of R1
    Then Prod of R1 is rejected
    When QA of R1 succeeds
    Then Live of R1 is in progress
