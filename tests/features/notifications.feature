Feature: Notifications
  What somebody may want to hear of is told from what was recorded, with what it takes to act. Where its event stands in the log is its
  id, and a cursor says how far somebody has been told.

  Background:
    Given it is 2024-05-03 12:00

  @scenario-50 @E4
  Scenario: At most 1, in order, approvals before and after
    # The queue is paused while they are created: else the first deployment starts in the step that creates its release.
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue               | before | after |
      | QA    | after release | at most 1, in order | ann    | pat   |
    When eve pauses the queue of QA, saying "wait for all of them"
    And releases R1 to R5 are created
    And eve resumes the queue of QA
    And every approval is granted as soon as it is asked for
    And every deployment succeeds
    Then these notifications were given:
      | what                                                                             | by         |
      | Release-1 of Shop was created                                                    | eve        |
      | Release-2 of Shop was created                                                    | eve        |
      | Release-3 of Shop was created                                                    | eve        |
      | Release-4 of Shop was created                                                    | eve        |
      | Release-5 of Shop was created                                                    | eve        |
      | QA of Release-1 started                                                          | eve        |
      | ann is asked to approve QA of Release-1 before its jobs, until 2024-06-02 12:00 UTC | eve     |
      | ann approved QA of Release-1 before its jobs                                     | ann        |
      | pat is asked to approve QA of Release-1 after its jobs, until 2024-06-02 12:00 UTC | the system |
      | pat approved QA of Release-1 after its jobs                                      | pat        |
      | QA of Release-1 succeeded                                                        | pat        |
      | QA of Release-2 started                                                          | pat        |
      | ann is asked to approve QA of Release-2 before its jobs, until 2024-06-02 12:00 UTC | pat     |
      | ann approved QA of Release-2 before its jobs                                     | ann        |
      | pat is asked to approve QA of Release-2 after its jobs, until 2024-06-02 12:00 UTC | the system |
      | pat approved QA of Release-2 after its jobs                                      | pat        |
      | QA of Release-2 succeeded                                                        | pat        |
      | QA of Release-3 started                                                          | pat        |
      | ann is asked to approve QA of Release-3 before its jobs, until 2024-06-02 12:00 UTC | pat     |
      | ann approved QA of Release-3 before its jobs                                     | ann        |
      | pat is asked to approve QA of Release-3 after its jobs, until 2024-06-02 12:00 UTC | the system |
      | pat approved QA of Release-3 after its jobs                                      | pat        |
      | QA of Release-3 succeeded                                                        | pat        |
      | QA of Release-4 started                                                          | pat        |
      | ann is asked to approve QA of Release-4 before its jobs, until 2024-06-02 12:00 UTC | pat     |
      | ann approved QA of Release-4 before its jobs                                     | ann        |
      | pat is asked to approve QA of Release-4 after its jobs, until 2024-06-02 12:00 UTC | the system |
      | pat approved QA of Release-4 after its jobs                                      | pat        |
      | QA of Release-4 succeeded                                                        | pat        |
      | QA of Release-5 started                                                          | pat        |
      | ann is asked to approve QA of Release-5 before its jobs, until 2024-06-02 12:00 UTC | pat     |
      | ann approved QA of Release-5 before its jobs                                     | ann        |
      | pat is asked to approve QA of Release-5 after its jobs, until 2024-06-02 12:00 UTC | the system |
      | pat approved QA of Release-5 after its jobs                                      | pat        |
      | QA of Release-5 succeeded                                                        | pat        |

  @E4
  Scenario: A draft is created, started and abandoned
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created with:
      | draft | yes |
    Then these notifications were given:
      | what                                     | by  |
      | Release-1 of Shop was created as a draft | eve |
    When bob starts R1
    And bob abandons R1
    Then the last 2 notifications were:
      | what                    | by  |
      | Release-1 was started   | bob |
      | Release-1 was abandoned | bob |

  @E4
  Scenario: What waits has not started, and what is superseded has not failed
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue             |
      | QA    | after release | at most 1, latest |
    When releases R1 to R3 are created
    And QA of R1 succeeds
    Then these notifications were given:
      | what                                                  | by         |
      | Release-1 of Shop was created                         | eve        |
      | QA of Release-1 started                               | eve        |
      | Release-2 of Shop was created                         | eve        |
      | Release-3 of Shop was created                         | eve        |
      | QA of Release-2 was canceled: superseded by release 3 | eve        |
      | QA of Release-1 succeeded                             | the system |
      | QA of Release-3 started                               | the system |

  @E4 @Q2
  Scenario: Where slots are held for the jobs only, a deployment has started with its first approval
    Given a pipeline "Shop" with stages:
      | stage | starts        | queue               | before |
      | QA    | after release | at most 1, in order | ann    |
    And the definition says stages[0].slot_span = "jobs-only"
    When releases R1, R2 are created
    And ann approves QA of R1
    And ann approves QA of R2
    And QA of R1 succeeds
    Then these notifications were given:
      | what                                               |
      | Release-1 of Shop was created                      |
      | QA of Release-1 started                            |
      | ann is asked to approve QA of Release-1 before ... |
      | Release-2 of Shop was created                      |
      | QA of Release-2 started                            |
      | ann is asked to approve QA of Release-2 before ... |
      | ann approved QA of Release-1 before its jobs       |
      | ann approved QA of Release-2 before its jobs       |
      | QA of Release-1 succeeded                          |

  @E4 @S8
  Scenario: A deployment that is scheduled starts when its moment comes
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | QA    | manual |
    When release R1 is created
    And bob deploys QA of R1 at 2024-05-03 18:00
    Then these notifications were given:
      | what                          |
      | Release-1 of Shop was created |
    When 6 hours pass
    Then these notifications were given:
      | what                          | by         | at               |
      | Release-1 of Shop was created | eve        | 2024-05-03 12:00 |
      | QA of Release-1 started       | the system | 2024-05-03 18:00 |

  @E4 @D5
  Scenario: What failed, and why
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
    And Dev has these tasks:
      | job   | task  | continue on error |
      | Build | warm  | yes               |
      | Build | make  |                   |
      | Build | clean |                   |
    When release R1 is created
    And task warm of Dev of R1 fails
    And task make of Dev of R1 is lost
    Then the last 1 notification was:
      | what                                                   | by         |
      | Dev of Release-1 failed: "make" was lost, saying "..." | the system |
    When bob deploys Dev of R1, saying "once more"
    And Dev of R1 succeeds
    Then the last 2 notifications were:
      | what                                                       | by         |
      | Dev of Release-1 (attempt 2) started, saying "once more"   | bob        |
      | Dev of Release-1 (attempt 2) succeeded                     | the system |

  @E4 @J4
  Scenario: A task that is tried again has not failed
    Given a pipeline "Shop" with stages:
      | stage | starts        | tasks      |
      | Dev   | after release | make, ship |
    And the definition says stages[0].jobs[0].tasks[0].retry_count = 1
    When release R1 is created
    And task make of Dev of R1 fails
    And 1 second passes
    Then these notifications were given:
      | what                          |
      | Release-1 of Shop was created |
      | Dev of Release-1 started      |
    When task make of Dev of R1 fails
    Then the last 1 notification was:
      | what                                                                        |
      | Dev of Release-1 failed: "make" failed, saying "as the scenario says" |
    # In the second attempt the second try succeeds, and something else fails.
    When bob deploys Dev of R1
    And task make of Dev of R1 fails
    And 1 second passes
    And task make of Dev of R1 succeeds
    And task ship of Dev of R1 fails
    Then the last 1 notification was:
      | what                                                                                   |
      | Dev of Release-1 (attempt 2) failed: "ship" failed, saying "as the scenario says" |

  @E4
  Scenario: A job that could not begin is named, with why
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
    And Dev has these tasks:
      | job   | task |
      | Build | make |
    And the definition says stages[0].jobs[0].parallelism = {"multi-configuration":{"multipliers":["region"],"at_most":4,"continue_on_error":false}}
    When release R1 is created
    Then the last 1 notification was:
      | what                                                                                                                     |
      | Dev of Release-1 failed: "Build" could not begin: the variable "region", which it is multiplied by, is not known |

  @E4 @AP4 @D3
  Scenario: An approver says no, and the others need not answer any more
    Given a pipeline "Shop" with stages:
      | stage | starts        | before   |
      | QA    | after release | ann, bob |
    When release R1 is created
    And ann rejects QA of R1, saying "not today"
    Then the last 3 notifications were:
      | what                                                                | by  |
      | ann rejected QA of Release-1 before its jobs, saying "not today"    | ann |
      | bob need not approve QA of Release-1 before its jobs any more       | ann |
      | QA of Release-1 failed: ann said no, saying "not today"             | ann |

  @E4 @AP2 @AP3
  Scenario: Enough others have approved
    Given a pipeline "Shop" with stages:
      | stage | starts        | before                   |
      | QA    | after release | 1 of group Ops, bob, cy  |
    And dan is a member of Ops
    When release R1 is created
    And dan approves QA of R1
    Then the last 6 notifications were:
      | what                                                                          | by  |
      | the group Ops is asked to approve QA of Release-1 before its jobs, until ...  | eve |
      | bob is asked to approve QA of Release-1 before its jobs, until ...            | eve |
      | cy is asked to approve QA of Release-1 before its jobs, until ...             | eve |
      | dan approved QA of Release-1 before its jobs                                  | dan |
      | bob need not approve QA of Release-1 before its jobs: enough others have      | dan |
      | cy need not approve QA of Release-1 before its jobs: enough others have       | dan |

  @E4 @AP5 @D3
  Scenario: Nobody answers in time
    Given a pipeline "Shop" with stages:
      | stage | starts        | before              |
      | QA    | after release | ann; within 60 minutes |
    When release R1 is created
    And 60 minutes pass
    Then the last 3 notifications were:
      | what                                                                                | by         | at               |
      | ann is asked to approve QA of Release-1 before its jobs, until 2024-05-03 13:00 UTC | eve        | 2024-05-03 12:00 |
      | ann did not answer in time to QA of Release-1 before its jobs                       | the system | 2024-05-03 13:00 |
      | QA of Release-1 failed: ann did not answer in time                                  | the system | 2024-05-03 13:00 |

  @E4 @E3
  Scenario: What a moment did is not laid at the door of who came next
    Given a pipeline "Shop" with stages:
      | stage | starts        | before                 |
      | QA    | after release | ann; within 60 minutes |
    When release R1 is created
    And the engine goes down
    And 2 hours pass
    And bob abandons R1
    Then the last 3 notifications were:
      | what                                                          | by         | at               |
      | ann did not answer in time to QA of Release-1 before its jobs | the system | 2024-05-03 14:00 |
      | QA of Release-1 failed: ann did not answer in time            | the system | 2024-05-03 14:00 |
      | Release-1 was abandoned                                       | bob        | 2024-05-03 14:00 |

  @E4 @AP9
  Scenario: An approval is handed on
    Given a pipeline "Shop" with stages:
      | stage | starts        | before |
      | QA    | after release | ann    |
    When release R1 is created
    And ann hands QA of R1 on to bob
    And bob approves QA of R1
    Then the last 2 notifications were:
      | what                                                                                                       | by  |
      | bob is asked by ann instead of ann to approve QA of Release-1 before its jobs, until 2024-06-02 12:00 UTC  | ann |
      | bob approved QA of Release-1 before its jobs                                                               | bob |

  @E4 @AP1
  Scenario: A step without notification tells nobody that they are asked
    Given a pipeline "Shop" with stages:
      | stage | starts        | before             |
      | QA    | after release | 1 of ann, bob, cy  |
    And the definition says stages[0].before.approvals.steps[0].notify = false
    When release R1 is created
    Then these notifications were given:
      | what                                                               |
      | Release-1 of Shop was created                                      |
      | QA of Release-1 started                                            |
      | bob is asked to approve QA of Release-1 before its jobs, until ... |
      | cy is asked to approve QA of Release-1 before its jobs, until ...  |
    # Nor, handed on, the next one; nor that the answer is not needed any more.
    When ann hands QA of R1 on to dan
    And bob approves QA of R1
    Then the last 2 notifications were:
      | what                                                                     |
      | bob approved QA of Release-1 before its jobs                             |
      | cy need not approve QA of Release-1 before its jobs: enough others have  |

  @E4 @AP1
  Scenario: That somebody answered is told although they were not told that they are asked
    Given a pipeline "Shop" with stages:
      | stage | starts        | before    |
      | QA    | after release | ann       |
      | Prod  | manual        | automatic |
    And the definition says stages[0].before.approvals.steps[0].notify = false
    When release R1 is created
    And ann approves QA of R1
    Then the last 1 notification was:
      | what                                         |
      | ann approved QA of Release-1 before its jobs |
    # A step that approves itself asks nobody, and nobody answers it.
    When bob deploys Prod of R1
    Then the last 1 notification was:
      | what                      |
      | Prod of Release-1 started |

  @E4 @J8
  Scenario: A manual intervention asks somebody
    Given a pipeline "Shop" with stages:
      | stage | starts        | tasks |
      | Dev   | after release | none  |
    And Dev has these tasks:
      | job   | kind   | task | runs                | input users | input groups | input instructions |
      | Pause | server | look | manual-intervention | ann         | ops          | look at it         |
    When release R1 is created
    Then the last 1 notification was:
      | what                                                                                                                                      | by         |
      | ann or the group ops may resume or reject Dev of Release-1, which waits in "look": "look at it"; rejected at 2024-07-02 12:00 UTC | eve |

  @E4 @G5
  Scenario: Gates do not pass in time
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | QA    | after release |
    And the gates before QA are A, B, with delay 0, interval 5, steady 0, time-out 10
    And gate B fails
    When release R1 is created
    And 10 minutes pass
    Then the last 1 notification was:
      | what                                                                     | by         |
      | QA of Release-1 failed: the gates before its jobs did not pass in time: B | the system |

  @E4 @U3
  Scenario: A cursor lasts, and gives everything at least once
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
    When release R1 is created
    And eve opens cursor chat
    And eve opens cursor mail at the beginning
    And Dev of R1 succeeds
    Then cursor chat gives next:
      | what                       |
      | Dev of Release-1 succeeded |
    And cursor mail gives next:
      | what                          |
      | Release-1 of Shop was created |
      | Dev of Release-1 started      |
      | Dev of Release-1 succeeded    |
    # What was delivered and not acknowledged comes again after a crash.
    When eve acknowledges 2 notifications by cursor mail
    And the engine restarts
    Then cursor mail gives next:
      | what                       |
      | Dev of Release-1 succeeded |
    When eve acknowledges everything by cursor mail
    Then cursor mail gives nothing more
    And cursor chat gives next:
      | what                       |
      | Dev of Release-1 succeeded |
    And cursor.acknowledged was recorded 2 times
    # By hand it goes back; only who manages deployments everywhere may do that.
    When eve moves cursor mail to the beginning
    Then cursor mail gives next:
      | what                          |
      | Release-1 of Shop was created |
      | Dev of Release-1 started      |
      | Dev of Release-1 succeeded    |
    When eve closes cursor mail
    And eve moves cursor mail to the beginning
    Then it is refused: "the cursor is not open: open it first, and say where it begins"
    When eve allows eve to administer permissions in the store
    And bob opens cursor mail
    Then it is refused: "user:bob needs the permission to manage deployments in the store (U3)"
