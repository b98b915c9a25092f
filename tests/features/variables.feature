Feature: Variables

  @scenario-44 @R4
  Scenario: Settable variables
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script |
      | deploy | run $(Y)     |
    And these variables:
      | name | value | settable |
      | Y    | 0     | yes      |
      | Z    | 0     | no       |
    When release R1 is created with:
      | variable Y | 1 |
    And release R2 is created
    Then task deploy of Dev of R1 is told script = "run 1"
    And task deploy of Dev of R2 is told script = "run 0"
    When release R3 is created with:
      | variable Z | 1 |
    Then it is refused: "variable \"Z\" is not settable when a release is created"
    When release R4 is created with:
      | variable Q | 1 |
    Then it is refused: "the pipeline has no variable \"Q\""

  @R4 @V1
  Scenario: A variable of a stage can be settable too
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
    And Dev has these tasks:
      | task   | input script |
      | deploy | run $(Y)     |
    And these variables:
      | name | value | settable | of  |
      | Y    | dev   | yes      | Dev |
    When release R1 is created with:
      | variable Y | mine |
    Then task deploy of Dev of R1 is told script = "run mine"

  @R4 @V1
  Scenario: A value that was given does not get past a stage's own variable that is not settable
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after release |
    And Dev has these tasks:
      | task   | input script |
      | deploy | run $(Y)     |
    And QA has these tasks:
      | task   | input script |
      | deploy | run $(Y)     |
    And these variables:
      | name | value | settable | of  |
      | Y    | all   | yes      |     |
      | Y    | fixed | no       | QA  |
    When release R1 is created with:
      | variable Y | mine |
    Then task deploy of Dev of R1 is told script = "run mine"
    And task deploy of QA of R1 is told script = "run fixed"

  @R4 @S8
  Scenario: One value is given for a variable, and it is as long as a variable's may be
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    And these variables:
      | name | value | settable | of           |
      | Y    | 0     | yes      | the pipeline |
      | host | a     | yes      | Dev          |
    When release R1 is created with:
      | variable Y | 1 |
      | variable y | 2 |
    Then it is refused: "more than one value of variable \"y\" is given"
    When release R1 is created with:
      | variable Y | 65537 characters |
    Then it is refused: "the value of variable \"Y\" has 65537 bytes, at most 65536 are allowed"
    And R1 does not exist
    When release R2 is created with:
      | variable Y | 65536 characters |
    And bob deploys Dev of R2 with:
      | variable host | b |
      | variable Host | c |
    Then it is refused: "more than one value of variable \"host\" is given"
    When bob deploys Dev of R2 with:
      | variable host | 65537 characters |
    Then it is refused: "the value of variable \"host\" has 65537 bytes, at most 65536 are allowed"
    And Dev of R2 is not started

  @V1
  Scenario: Later scopes win
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script        |
      | deploy | $(a) $(b) $(c) $(d) |
    And these variables:
      | name | value    | of             | settable |
      | a    | pipeline | the pipeline   |          |
      | b    | pipeline | the pipeline   | yes      |
      | c    | pipeline | the pipeline   |          |
      | c    | stage    | Dev            |          |
      | d    | pipeline | the pipeline   |          |
      | d    | stage    | Dev            |          |
      | d    | job      | the job of Dev |          |
    When release R1 is created with:
      | variable b | release |
    Then task deploy of Dev of R1 is told script = "pipeline release stage job"

  @V1
  Scenario: Tasks are told why the release was made and from which branches
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
      | docs  |         |
    And Dev has these tasks:
      | task   | input script                                                                                                                                    |
      | deploy | $(Release.Reason) $(System.HostType) $(Release.PrimaryArtifactSourceAlias) $(Build.SourceBranchName) $(Release.Artifacts.docs.SourceBranchName) |
    When release R1 is created with:
      | artifact app         | 18                       |
      | artifact app branch  | refs/heads/feature/login |
      | artifact docs        | 3                        |
      | artifact docs branch | refs/heads/main          |
    Then task deploy of Dev of R1 is told script = "Manual release app login main"

  @V1
  Scenario: Tasks are told for whom the release is, of which project, and what built its versions
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary | build definition |
      | app   | yes     | Shop CI          |
      | docs  |         | Docs CI          |
    And the definition says properties = {"System.TeamProject": "Retail"}
    And Dev has these tasks:
      | task   | input script                                                                                                       |
      | deploy | $(System.TeamProject) $(Build.DefinitionName) $(Release.Artifacts.docs.DefinitionName) $(Artifacts.docs.BuildId) $(Release.RequestedForId) |
    When release R1 is created by bob with:
      | artifact app  | 18 |
      | artifact docs | 3  |
    Then task deploy of Dev of R1 is told script = "Retail Shop CI Docs CI 3 bob"
    When release R2 is created by bob with:
      | artifact app  | 18  |
      | artifact docs | 3   |
      | requested for | ann |
    Then task deploy of Dev of R2 is told script = "Retail Shop CI Docs CI 3 ann"

  @V1
  Scenario: System variables win over all and cannot be set
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Dev has these tasks:
      | task   | input script                                                                     |
      | deploy | $(Release.ReleaseName) $(release.environmentname) $(Build.BuildNumber) $(Release.AttemptNumber) |
    When release R1 is created with:
      | artifact app | 18 |
    Then task deploy of Dev of R1 is told script = "Release-1 Dev 18 1"
    Given these variables:
      | name                | value |
      | Release.ReleaseName | mine  |
    When eve saves the pipeline
    Then it is refused: "...variables[\"Release.ReleaseName\"]: Release.ReleaseName is a name that only the system sets"

  @V3
  Scenario: Names are replaced without case, in values too; unknown names stay
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script                |
      | deploy | $(HOST):$(port) $(unknown)  |
    And these variables:
      | name  | value         |
      | Host  | shop-$(color) |
      | color | blue          |
      | Port  | 80            |
    When release R1 is created
    Then task deploy of Dev of R1 is told script = "shop-blue:80 $(unknown)"

  @V3
  Scenario: A secret stays as it is written
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script      |
      | deploy | login $(password) |
    And these variables:
      | name     | value               |
      | password | secret shop-db-pass |
    When release R1 is created
    Then task deploy of Dev of R1 is told script = "login $(password)"

  @V3
  Scenario: A cycle is refused
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script |
      | deploy | $(a)         |
    And these variables:
      | name | value |
      | a    | $(b)  |
      | b    | $(a)  |
    When release R1 is created
    Then task deploy of Dev of R1 can not be told what to do: "input \"script\": variables refer to each other in a circle: a -> b -> a"

  @V3
  Scenario: Fifty deep and no deeper
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script |
      | deploy | $(a1)        |
    And a chain of 50 variables, each of which refers to the next
    When release R1 is created
    Then task deploy of Dev of R1 is told script = "end"
    Given a chain of 51 variables, each of which refers to the next
    When eve saves the pipeline
    And release R2 is created
    Then task deploy of Dev of R2 can not be told what to do: "...the value of a1 refers to other variables more than 50 deep"

  @V3 @P5
  Scenario Outline: Names of variables
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these variables:
      | name   | value |
      | <name> | 1     |
    When eve saves the pipeline
    Then it is refused: "...may have letters, digits, . and _ only, contains ... in \"<name>\""

    Examples:
      | name |
      | a b  |
      | a-b  |
      | a$   |
