Feature: Freezes
  A freeze is a window of time during which no jobs begin in a part of the store. What was to begin there waits, and begins when it
  is over.

  @F1
  Scenario: From its first second until its last
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
    And it is 2024-05-01 07:59
    When ann freezes Dev from 2024-05-01 08:00 until 2024-05-02 08:00 as "sale", saying "the sale begins"
    And 59 seconds pass
    And release R1 is created
    And 1 second passes
    And release R2 is created
    Then deployments began in this order: Dev of R1
    And Dev of R2 shows inProgress, notDeployed, deferred
    And Dev of R2 waits for:
      | what                                                             | cleared by                   | nature | since            | by itself at     |
      | is frozen by sale (the sale begins) until 2024-05-02 08:00:00 UTC | whoever may override freezes | timed  | 2024-05-01 08:00 | 2024-05-02 08:00 |
    And Dev of R2 has ahead: its jobs
    When 86399 seconds pass
    Then deployments began in this order: Dev of R1
    When 1 second passes
    Then deployments began in this order: Dev of R1, Dev of R2
    And one commit holds:
      | Dev of R2    | deployment.thawed     |
      | Dev of R2    | deployment.begun      |
      | queue of Dev | queue.deployment-begun |

  @F1
  Scenario: Approvals proceed, and the jobs wait
    Given a pipeline "Shop" with stages:
      | stage | before | queue               |
      | Dev   | ann    | at most 1, in order |
    And it is 2024-05-01 08:00
    When ann freezes the pipeline from 2024-05-01 08:00 until 2024-05-02 08:00 as "sale", saying "the sale begins"
    And releases R1, R2 are created
    Then approvals are pending from ann for R1
    When ann approves Dev of R1
    Then no deployment began
    And Dev of R2 is queued
    And deployment.frozen was recorded 1 time
    When 1 day passes
    Then deployments began in this order: Dev of R1

  @F1
  Scenario: Jobs that run are not stopped
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    When release R1 is created
    And ann stops the line of the store as "stop", saying "the database is down"
    Then the tasks of Dev of R1 are:
      | deploy | running |
    When Dev of R1 succeeds
    Then Dev of R1 is succeeded
    And deployments began in this order: Dev of R1
    And QA of R1 waits for:
      | what                                                          | cleared by                   | nature    |
      | is frozen by stop (the database is down) until that is lifted | whoever may override freezes | clearable |

  @F1
  Scenario: Lifting it wakes each that waits, in a commit of its own
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann stops the line of the store as "stop", saying "the database is down"
    And releases R1 to R3 are created
    Then no deployment began
    When ann lifts "stop"
    Then deployments began in this order: Dev of R1, Dev of R2, Dev of R3
    And no commit holds more than 1 deployment.thawed

  @F1
  Scenario: It was lifted while the engine was down
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann stops the line of the store as "stop", saying "the database is down"
    And release R1 is created
    And the engine goes down
    And ann lifts "stop"
    Then no deployment began
    When the engine restarts
    Then deployments began in this order: Dev of R1

  @F1
  Scenario: It ended while the engine was down
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And it is 2024-05-01 08:00
    When ann freezes the store from 2024-05-01 08:00 until 2024-05-02 08:00 as "sale", saying "the sale begins"
    And release R1 is created
    And the engine goes down
    And 2 days pass
    And the engine restarts
    Then deployments began in this order: Dev of R1

  @F1
  Scenario Outline: Where it holds
    Given a pipeline "Bank" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    And the definition says folder = "\\Web\\Shop"
    When ann stops the line of <scope> as "stop", saying "the database is down"
    And release R1 is created
    And every deployment succeeds
    Then <began>

    Examples:
      | scope                   | began                                               |
      | the store               | no deployment began                                 |
      | folder \\               | no deployment began                                 |
      | folder \\web            | no deployment began                                 |
      | folder \\WEB\\shop      | no deployment began                                 |
      | the pipeline            | no deployment began                                 |
      | Dev                     | no deployment began                                 |
      | QA                      | deployments began in this order: Dev of R1          |
      | folder \\We             | deployments began in this order: Dev of R1, QA of R1 |
      | folder \\Web\\Shop\\Old | deployments began in this order: Dev of R1, QA of R1 |
      | pipeline Bank           | deployments began in this order: Dev of R1, QA of R1 |

  @F1
  Scenario: The folder is the one that the release froze
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    And the definition says folder = "\\Web"
    When release R1 is created
    Given the definition says folder = "\\Bank"
    When eve saves the pipeline
    And release R2 is created
    And ann stops the line of folder \Web as "stop", saying "the web is down"
    And bob deploys Dev of R1
    And bob deploys Dev of R2
    Then deployments began in this order: Dev of R2

  @F1
  Scenario: It begins only when the last of several is over
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And it is 2024-05-01 08:00
    When ann freezes the store from 2024-05-01 08:00 until 2024-05-01 12:00 as "noon", saying "lunch"
    And bob freezes Dev from 2024-05-01 11:00 until 2024-05-01 14:00 as "siesta", saying "it is hot"
    And release R1 is created
    Then Dev of R1 waits for:
      | what                                                  | by itself at     |
      | is frozen by noon (lunch) until 2024-05-01 12:00:00 UTC | 2024-05-01 12:00 |
    When 4 hours pass
    Then no deployment began
    And Dev of R1 waits for:
      | what                                                        | since            | by itself at     |
      | is frozen by siesta (it is hot) until 2024-05-01 14:00:00 UTC | 2024-05-01 08:00 | 2024-05-01 14:00 |
    When 2 hours pass
    Then deployments began in this order: Dev of R1

  @F1
  Scenario: One more freeze is declared, and one of them is lifted
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann stops the line of Dev as "a", saying "first"
    And release R1 is created
    And bob stops the line of the store as "b", saying "second"
    Then Dev of R1 waits for:
      | what                                                   |
      | is frozen by a (first), b (second) until that is lifted |
    When ann lifts "a"
    Then no deployment began
    And Dev of R1 waits for:
      | what                                         |
      | is frozen by b (second) until that is lifted |
    When bob lifts "b"
    Then deployments began in this order: Dev of R1

  @F1
  Scenario: Every weekend, by the clocks of Warsaw
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    And it is 2024-05-03 13:59
    When ann freezes Dev every week from Friday 16:00 until Monday 08:00 in Europe/Warsaw as "weekend", saying "nobody is there"
    And releases R1, R2, R3 are created
    And bob deploys Dev of R1
    And 1 minute passes
    And bob deploys Dev of R2
    Then deployments began in this order: Dev of R1
    And Dev of R2 waits for:
      | what                                                                  | by itself at     |
      | is frozen by weekend (nobody is there) until 2024-05-06 06:00:00 UTC | 2024-05-06 06:00 |
    When 3 days pass
    Then deployments began in this order: Dev of R1, Dev of R2

  @F1 @D4
  Scenario: What is frozen can be cancelled
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann stops the line of Dev as "stop", saying "first"
    And release R1 is created
    And bob cancels Dev of R1
    Then Dev of R1 is canceled, by bob
    When ann lifts "stop"
    Then no deployment began

  @F1
  Scenario: A slot that is held for the jobs only is asked for before freezes are looked at
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | Dev   | at most 1, in order |
    And the definition says stages[0].slot_span = "jobs-only"
    When ann stops the line of Dev as "stop", saying "first"
    And releases R1, R2 are created
    Then Dev is waited for by R2
    And deployment.frozen was recorded 1 time
    When ann lifts "stop"
    Then deployments began in this order: Dev of R1

  @F1 @R7
  Scenario: A frozen deployment whose stage is revised is asked about again, and then waits on
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
    When ann stops the line of Dev as "stop", saying "first"
    And release R1 is created
    And ann approves Dev of R1
    Given Dev has one more task test
    When bob revises tasks of Dev of R1
    Then approvals are pending from ann for R1
    When ann approves Dev of R1
    Then no deployment began
    And deployment.frozen was recorded 2 times
    When ann lifts "stop"
    Then deployments began in this order: Dev of R1

  @F1 @P6
  Scenario: A freeze that ends while its pipeline is being deleted lets nothing begin
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And it is 2024-05-01 08:00
    When ann freezes Dev from 2024-05-01 08:00 until 2024-05-02 08:00 as "sale", saying "the sale begins"
    And release R1 is created
    And the engine goes down
    And bob deletes the pipeline by force, saying "all over"
    And ann overrides the freezes of Dev of R1, saying "it is urgent"
    Then it is refused: "the pipeline is deleted: nothing is started from its releases"
    When 1 day passes
    And the engine restarts
    Then deployment.thawed was recorded 1 time
    And no deployment began
    And Dev of R1 is canceled

  @F1 @P6
  Scenario: A frozen deployment of a pipeline that is deleted by force is cancelled
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann stops the line of Dev as "stop", saying "first"
    And release R1 is created
    And bob deletes the pipeline by force, saying "all over"
    And ann lifts "stop"
    Then no deployment began
    And Dev of R1 is canceled

  @F1 @R2
  Scenario: A draft can't be moved away from a freeze
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says folder = "\\Web"
    When release R1 is created with:
      | draft | yes |
    And ann stops the line of folder \Web as "stop", saying "the web is down"
    Given the definition says folder = "\\Bank"
    When bob edits R1:
      | snapshot | as edited |
    Then it is refused: "a release stays in the folder of its pipeline that it was created in"
    When bob starts R1
    Then no deployment began

  @F2
  Scenario: Somebody overrides the freezes of one deployment, and says why
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And it is 2024-05-01 08:00
    When ann freezes the store from 2024-05-01 08:00 until 2024-05-02 08:00 as "sale", saying "the sale begins"
    And releases R1, R2 are created
    And bob overrides the freezes of Dev of R1
    Then it is refused: "letting deployment ... begin in spite of a freeze needs a comment: say why (F2)"
    And no deployment began
    When bob overrides the freezes of Dev of R1, saying "the prices are wrong"
    Then deployments began in this order: Dev of R1
    And Dev of R2 is in progress
    And the reasons of the last commit are:
      | Dev of R1    | task.claimed | the command |
    And deployment.freezes-overridden was recorded 1 time
    And deployment.thawed was recorded 0 times
    When bob overrides the freezes of Dev of R1, saying "once more"
    Then nothing is recorded

  @F2
  Scenario: The line is stopped in one command, and it is so already the second time
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann stops the line of the store as "stop", saying "the database is down"
    And 1 hour passes
    And ann stops the line of the store as "stop", saying "the database is down"
    Then nothing is recorded
    And freeze.declared was recorded 1 time

  @F1
  Scenario Outline: What no freeze can be
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And it is 2024-05-01 08:00
    When ann freezes <scope> from <from> until <until> as "sale", saying "<reason>"
    Then it is refused: "<told>"
    And freeze.declared was recorded 0 times

    Examples:
      | scope      | from             | until            | reason | told                                       |
      | the store  | 2024-05-01 08:00 | 2024-05-02 08:00 |        | a freeze needs a reason: say why           |
      | the store  | 2024-04-01 08:00 | 2024-05-01 08:00 | why    | the freeze would have been over at 2024-05-01 08:00:00 UTC |
      | the store  | 2024-05-02 08:00 | 2024-05-02 08:00 | why    | a window from ... must end after it begins |
      | folder Web | 2024-05-01 08:00 | 2024-05-02 08:00 | why    | the folder can't be: folder: must begin with \\, the root, is "Web" |
      | QB         | 2024-05-01 08:00 | 2024-05-02 08:00 | why    | pipeline 1 has no stage 99                 |

  @F1
  Scenario: An id is that of one freeze, until it is over
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And it is 2024-05-01 08:00
    When ann freezes the store from 2024-05-01 08:00 until 2024-05-02 08:00 as "sale", saying "the sale begins"
    And bob stops the line of the store as "sale", saying "the database is down"
    Then it is refused: "there is another freeze sale: give this one an id of its own, or lift that one"
    When 1 day passes
    And ann lifts "sale"
    Then nothing is recorded
    When bob stops the line of the store as "sale", saying "the database is down"
    And ann lifts "sale"
    Then freeze.lifted was recorded 1 time

  @F1 @I16
  Scenario: A freeze that was lifted is already so
    Given a pipeline "Shop" with stages:
      | stage |
      | QA    |
    When release R1 is created
    And ann stops the line of the store as "stop", saying "the database is down"
    And ann lifts "stop"
    And ann lifts "stop"
    Then nothing is recorded
    When ann lifts "other"
    Then it is refused: "there is no freeze other"

  @F2 @I16
  Scenario: A deployment whose freezes were overridden is already so
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    When release R1 is created
    And ann stops the line of the store as "stop", saying "the database is down"
    And bob deploys QA of R1
    And bob overrides the freezes of QA of R1, saying "a hotfix"
    And bob overrides the freezes of QA of R1, saying "a hotfix"
    Then nothing is recorded
