Feature: Stages that a revision removes
  What waits for a stage that is no more in the pipeline is cancelled; what holds a slot goes on.

  Background:
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue               |
      | Dev   | after release | unlimited           |
      | QA    | after release | at most 1, in order |

  @Q12 @Q6
  Scenario: What waits is cancelled, and what holds a slot goes on
    When releases R1, R2, R3 are created
    Given QA is removed
    When eve saves the pipeline
    Then the stages are:
      |    | Dev         | QA                              |
      | R1 | in progress | in progress                     |
      | R2 | in progress | canceled, the stage was removed |
      | R3 | in progress | canceled, the stage was removed |
    And queue.stage-removed was recorded last with {"revision":2}
    When QA of R1 succeeds
    Then QA of R1 is succeeded

  @Q12
  Scenario: An older release that enters later is turned away, by hand too
    Given QA starts after Dev
    When release R1 is created
    Given QA is removed
    When eve saves the pipeline
    And Dev of R1 succeeds
    Then QA of R1 is canceled, the stage was removed
    And queue.declined was recorded last with {"deployment":"1/2#1","because":"stage-removed"}
    When bob deploys QA of R1
    Then it is refused: "revision 2 of the pipeline removed the stage"

  @Q12 @P1
  Scenario: A revision that brings the stage back makes it usable again
    When releases R1, R2 are created
    Given QA is removed
    When eve saves the pipeline
    Then QA of R2 is canceled, the stage was removed
    When eve restores revision 1
    And bob deploys QA of R2
    Then QA of R2 is queued
    When QA of R1 succeeds
    Then QA of R2 is in progress

  @Q12 @Q9
  Scenario: A paused queue cancels what waits all the same
    When ann pauses the queue of QA
    And release R1 is created
    Given QA is removed
    When eve saves the pipeline
    Then QA of R1 is canceled, the stage was removed

  @Q12 @Q5
  Scenario: Many are cancelled in several commits, and survive a restart between them
    When releases R1 to R140 are created
    Given QA is removed
    When eve saves the pipeline
    Then QA of R140 is canceled, the stage was removed
    And queue.withdrawn was recorded 139 times
    And no commit holds more than 64 queue.withdrawn
    When the engine restarts
    Then QA of R2 is canceled, the stage was removed

  @Q12 @S7 @S4
  Scenario: What is scheduled is not brought forward by hand once its stage is gone
    When release R1 is created
    And QA of R1 succeeds
    And bob deploys QA of R1 at 2024-01-02 12:00
    Given QA is removed
    When eve saves the pipeline
    And bob deploys QA of R1
    Then it is refused: "revision 2 of the pipeline removed the stage"
    And QA of R1 is scheduled
    When 36 hours pass
    Then QA of R1 is canceled, the stage was removed

  @Q12 @S7 @Q2
  Scenario: Nor is anything deployed there by hand where slots are held for jobs only
    Given the definition says stages[1].slot_span = "jobs-only"
    When release R1 is created
    And Dev of R1 succeeds
    And QA of R1 succeeds
    And bob deploys QA of R1 at 2024-01-02 12:00
    Given QA is removed
    When eve saves the pipeline
    And bob deploys QA of R1
    Then it is refused: "revision 2 of the pipeline removed the stage"
    When bob cancels QA of R1
    And bob deploys QA of R1
    Then it is refused: "revision 2 of the pipeline removed the stage"
    And QA of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |
      | 2       | canceled  |
