Feature: Drafts
  While a release is a draft it deploys nothing and can be changed.

  @scenario-7 @R2 @I7
  Scenario: A draft is edited and started
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script    |
      | deploy | deploy $(color) |
    And these variables:
      | name  | value | of  |
      | color | blue  | Dev |
    When release R1 is created with:
      | draft | yes |
    Then R1 is a draft
    And Dev of R1 is not started
    When bob edits R1:
      | variable color | green |
    And bob starts R1
    Then R1 is active
    And Dev of R1 is in progress
    And deployments began in this order: Dev of R1
    And task deploy of Dev of R1 is told script = "deploy green"
    And the pipeline is at revision 1
    When release R2 is created
    Then task deploy of Dev of R2 is told script = "deploy blue"

  @R2 @I7 @S7
  Scenario: A draft deploys nothing, by hand neither
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | draft | yes |
    And 40 days pass
    And bob deploys Dev of R1
    Then it is refused: "the release is a draft, not active"
    When bob deploys R1 up to Dev
    Then it is refused: "the release is a draft, not active"
    And no deployment began

  @R2
  Scenario: A draft is started once, and never becomes a draft again
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | draft | yes |
    And bob starts R1
    And bob starts R1
    Then nothing is recorded
    When bob edits R1:
      | description | too late |
    Then it is refused: "the release is active, not a draft"
    And release.started was recorded 1 time

  @R2
  Scenario: A draft is not abandoned
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | draft | yes |
    And bob abandons R1
    Then it is refused: "the release is a draft, not active"
    When bob reactivates R1
    Then it is refused: "the release is a draft, not abandoned"

  @R2
  Scenario: What can be edited in a draft, and what is already so
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these variables:
      | name | value |
      | Y    | 0     |
    When release R1 is created with:
      | draft | yes |
    And bob edits R1:
      | description   | better |
      | variable Y    | 1      |
      | manual stages | Dev    |
    Then R1 says:
      | description   | better |
      | variable Y    | 1      |
      | manual stages | Dev    |
    When bob edits R1:
      | description | better |
    Then nothing is recorded
    When bob edits R1:
      | variable Z | 1 |
    Then it is refused: "neither the pipeline nor a stage has a variable \"Z\""
    When bob edits R1:
      | manual stages | Moon |
    Then it is refused: "the release has no stage 99"
    When bob edits R1:
      | description | 4001 characters |
    Then it is refused: "the description has 4001 characters, at most 4000 are allowed"

  @R3 @R2
  Scenario: A stage that was made manual in the draft does not start with it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | draft | yes |
    And bob edits R1:
      | manual stages | Dev |
    And bob starts R1
    Then Dev of R1 is not started

  @R2 @A4
  Scenario: The versions of a draft are changed, one of each source
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Dev has these tasks:
      | task   | input script                |
      | deploy | deploy $(Build.BuildNumber) |
    When release R1 is created with:
      | draft        | yes |
      | artifact app | 18  |
    And bob edits R1:
      | artifact app | 19 |
    Then R1 says:
      | artifact app | 19 |
    When bob edits R1:
      | artifact app | 19 |
    Then nothing is recorded
    When bob edits R1:
      | artifact app   | 20 |
      | artifact other | 1  |
    Then it is refused: "the release has no artifact \"other\""
    When bob edits R1:
      | artifact other | 1 |
    Then it is refused: "artifact \"app\" has no version: name one"
    When bob starts R1
    Then task deploy of Dev of R1 is told script = "deploy 19"

  @R2 @A4
  Scenario: A draft's versions are those that were published, whatever the case of their aliases
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Prod  | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Prod takes only versions of app from main
    When version 1 of app is published on main
    And version 2 of app is published on features/a
    And version 3 of app is published on main
    And release R1 is created with:
      | draft        | yes |
      | artifact app | 1   |
    And bob edits R1:
      | artifact app        | 2    |
      | artifact app branch | main |
    Then it is refused: "artifact \"app\": version \"2\" was published before with another branch: ..."
    When bob edits R1:
      | artifact app | 3 |
      | artifact App | 1 |
    Then it is refused: "more than one version of artifact \"app\" is named"
    When bob edits R1:
      | artifact APP | 3 |
    Then R1 says:
      | artifact app        | 3    |
      | artifact app branch | main |
    When bob edits R1:
      | artifact app | 2 |
    And bob starts R1
    Then Prod of R1 is not started

  @R2 @A4
  Scenario: A draft keeps its versions where its snapshot spells an alias otherwise
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Prod  | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    When release R1 is created with:
      | draft        | yes |
      | artifact app | 1   |
    Given the definition says artifacts[0].alias = "App"
    When bob edits R1:
      | snapshot | as edited |
    Then R1 says:
      | artifact App | 1 |

  @R2 @R4
  Scenario: A draft's variables are given once, and fit
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these variables:
      | name | value |
      | Y    | 0     |
    When release R1 is created with:
      | draft | yes |
    And bob edits R1:
      | variable Y | 1 |
      | variable y | 2 |
    Then it is refused: "more than one value of variable \"y\" is given"
    When bob edits R1:
      | variable Y | 65537 characters |
    Then it is refused: "the value of variable \"Y\" has 65537 bytes, at most 65536 are allowed"

  @R2 @Q8 @P5
  Scenario: A draft's snapshot names lock groups that there are
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | draft | yes |
    Given the definition says stages[0].lock_groups = ["database", "moon"]
    And the definition says stages[0].name = ""
    When bob edits R1:
      | snapshot | as edited |
    Then it is refused: "the snapshot is not valid: ...stages[0].name...; stages[0].lock_groups[1]: there is no lock group \"moon\""
    Given the definition says stages[0].lock_groups = ["database"]
    And the definition says stages[0].name = "Dev"
    When bob edits R1:
      | snapshot | as edited |
    Then R1 says:
      | snapshot revision | 2 |

  @R2 @P5 @I9
  Scenario: A whole changed snapshot is given to a draft
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
      | Prod  |
    When release R1 is created with:
      | draft  | yes  |
      | target | Prod |
    Given Dev has one more task smoke-test
    And Prod starts after Dev
    When bob edits R1:
      | snapshot | as edited              |
      | comment  | straight to production |
    Then R1 says:
      | snapshot revision | 2 |
    And the pipeline is at revision 1
    And snapshot.kept was recorded 2 times
    When bob edits R1:
      | snapshot | as edited |
    Then nothing is recorded
    When bob starts R1
    And task deploy of Dev of R1 succeeds
    And task smoke-test of Dev of R1 succeeds
    Then the stages are:
      |    | Dev       | QA          | Prod        |
      | R1 | succeeded | not started | in progress |

  @R2 @P5 @S6
  Scenario: What a draft's snapshot can't be
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    When release R1 is created with:
      | draft         | yes |
      | target        | QA  |
      | manual stages | QA  |
    Given the definition says stages[0].name = ""
    When bob edits R1:
      | snapshot | as edited |
    Then it is refused: "the snapshot is not valid: ...stages[0].name..."
    Given the definition says stages[0].name = "Dev"
    And the queue of Dev is "at most 1, in order"
    When bob edits R1:
      | snapshot | as edited |
    Then it is refused: "the queuing policy of stage 1 is the pipeline's: change it there"
    Given the queue of Dev is "unlimited"
    And the definition says stages[1].id = 7
    When bob edits R1:
      | snapshot      | as edited |
      | manual stages |           |
    Then it is refused: "a release's snapshot may leave out stages, and not add stage 7: add it to the pipeline"
    When bob edits R1:
      | snapshot | as edited |
    Then it is refused: "the release has no stage 2"
