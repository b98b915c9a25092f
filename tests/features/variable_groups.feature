Feature: Variable groups
  Variables that pipelines and stages share. A release takes what its groups say when it is made; nothing that is saved later changes it.

  @V1 @V2
  Scenario Outline: Of every two scopes the later one wins
    Given a variable group "shop":
      | name | value         |
      | x    | <shop's x>    |
      | rest | pipelineGroup |
    And a variable group "europe":
      | name | value        |
      | X    | <europe's x> |
      | tail | stageGroup   |
    And a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script           |
      | deploy | $(x) $(rest) $(tail)   |
    And the pipeline has the variable groups shop
    And Dev has the variable groups europe
    And these variables:
      | name           | value        | of             | settable |
      | <pipeline has> | pipeline     | the pipeline   | yes      |
      | <stage has>    | stage        | Dev            |          |
      | <job has>      | job          | the job of Dev |          |
    When release R1 is created with:
      | variable <given> | given |
    Then task deploy of Dev of R1 is told script = "<told> pipelineGroup stageGroup"

    Examples:
      | shop's x      | europe's x | pipeline has | given | stage has | job has | told          |
      | pipelineGroup | $(tail)    | other        | other | s         | j       | stageGroup    |
      | pipelineGroup | stageGroup | x            | x     | s         | j       | stageGroup    |
      | pipelineGroup | stageGroup | x            | x     | x         | j       | stage         |
      | pipelineGroup | stageGroup | x            | x     | s         | x       | job           |

  @V1 @V2
  Scenario Outline: A group of the pipeline is below everything else
    Given a variable group "shop":
      | name | value |
      | x    | group |
    And a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script |
      | deploy | $(x)         |
    And the pipeline has the variable groups shop
    And these variables:
      | name           | value    | of             | settable |
      | <pipeline has> | pipeline | the pipeline   | yes      |
      | <stage has>    | stage    | Dev            |          |
      | <job has>      | job      | the job of Dev |          |
    When release R1 is created with:
      | variable <given> | given |
    Then task deploy of Dev of R1 is told script = "<told>"

    Examples:
      | pipeline has | given | stage has | job has | told  |
      | other        | other | s         | j       | group |
      | x            | x     | s         | j       | given |
      | other        | other | x         | j       | stage |
      | other        | other | s         | x       | job   |

  @V1 @V2
  Scenario: A pipeline's variable wins over its group, the later of two groups over the earlier
    Given a variable group "first":
      | name | value |
      | a    | first |
      | b    | first |
      | c    | first |
    And a variable group "second":
      | name | value  |
      | B    | second |
      | c    | second |
    And a pipeline "Web" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after release |
    And Dev has these tasks:
      | task   | input script   |
      | deploy | $(a) $(b) $(c) |
    And QA has these tasks:
      | task   | input script   |
      | deploy | $(a) $(b) $(c) |
    And the pipeline has the variable groups first, second
    And QA has the variable groups second, first
    And these variables:
      | name | value    |
      | C    | pipeline |
    When release R1 is created
    Then task deploy of Dev of R1 is told script = "first second pipeline"
    And task deploy of QA of R1 is told script = "first first first"

  @V2 @I9
  Scenario: What a group says is frozen when the release is made
    Given a variable group "shop":
      | name  | value |
      | color | blue  |
    And a pipeline "Web" with stages:
      | stage | starts |
      | Dev   | manual |
    And Dev has these tasks:
      | task   | input script           |
      | deploy | $(color) $(size)       |
    And the pipeline has the variable groups shop
    When release R1 is created
    And release R2 is created
    Then R1 and R2 share one snapshot
    When ann saves the variable group "shop":
      | name  | value |
      | color | green |
      | size  | large |
    Then the variable group "shop" is at revision 2
    And the pipeline is at revision 1
    When release R3 is created
    And ann deploys Dev of R1
    Then R1 and R3 have snapshots of their own
    And task deploy of Dev of R1 is told script = "blue $(size)"
    And from R1 to R3 this changes:
      | group_variables[color].value.plain: "blue" became "green"                           |
      | group_variables[size]: {"value":{"plain":"large"}} is new                           |
    When Dev of R1 succeeds
    And ann deploys Dev of R3
    Then task deploy of Dev of R3 is told script = "green large"

  @V2
  Scenario: A secret of a group is a reference, and its value is nowhere
    Given a variable group "shop":
      | name     | value             |
      | password | secret vault/shop |
    And a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script      |
      | deploy | login $(password) |
    And the pipeline has the variable groups shop
    When release R1 is created
    Then task deploy of Dev of R1 is told script = "login $(password)"
    When release R2 is created with:
      | variable password | hunter2 |
    Then it is refused: "variable \"password\" is a secret: its value belongs with the host's secrets, not into a release"

  @V1 @V2 @R4
  Scenario: A value of a group is not settable
    Given a variable group "shop":
      | name  | value |
      | color | blue  |
    And a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And Dev has the variable groups shop
    When release R1 is created with:
      | variable color | green |
    Then it is refused: "variable \"color\" is not settable when a release is created"
    When ann saves the variable group "shop":
      | name  | value | settable |
      | color | blue  | yes      |
    Then it is refused: "the variable group is not valid: variables[\"color\"]: a variable of a group can not be settable"

  @V2 @C3
  Scenario: A secret of a group in a condition is refused when the release is made
    Given a variable group "shop":
      | name     | value             |
      | password | secret vault/shop |
    And a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | condition                      |
      | deploy | eq(variables['Password'], 'x') |
    And Dev has the variable groups shop
    When eve saves the pipeline
    Then the pipeline is at revision 1
    When release R1 is created
    Then it is refused: "the definition is not valid with the variables of its groups: stages[0].jobs[0].tasks[0].condition.expression: column 14: a condition can't use password: it is a secret, or refers to one"
    And R1 does not exist

  @V2 @T6
  Scenario: A group that nobody saved is refused with its path, and a trigger declines
    Given a variable group "shop":
      | name  | value |
      | color | blue  |
    And a pipeline "Web" with stages:
      | stage |
      | Dev   |
      | QA    |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  |
      | app |
    And the pipeline has the variable groups shop
    And QA has the variable groups shop, europe
    When eve saves the pipeline
    And release R1 is created with:
      | artifact app | 18 |
    Then it is refused: "stages[1].variable_groups[1]: there is no variable group \"europe\""
    And R1 does not exist
    When version 19 of app is published on main
    Then the pipeline has 0 releases
    And these triggers declined:
      | 0       | stages[1].variable_groups[1]: there is no variable group "europe" |
    When ann saves the variable group "europe":
      | name | value |
      | zone | eu    |
    And version 20 of app is published on main
    Then the pipeline has 1 release

  @V2 @P2
  Scenario: A save against another revision is refused
    When ann saves the variable group "shop" against revision 1:
      | name  | value |
      | color | blue  |
    Then it is refused: "stale revision: the change was made against revision 1, the variable group is at revision 0"
    When ann saves the variable group "shop" against revision 0:
      | name  | value |
      | color | blue  |
    Then the variable group "shop" is at revision 1
    When bob saves the variable group "shop" against revision 0:
      | name  | value |
      | color | red   |
    Then it is refused: "stale revision: the change was made against revision 0, the variable group is at revision 1"
    When bob saves the variable group "shop" against revision 1:
      | name  | value |
      | color | blue  |
    Then nothing is recorded
    When bob saves the variable group "shop":
      | name         | value |
      | Release.Name | mine  |
    Then it is refused: "the variable group is not valid: variables[\"Release.Name\"]: Release.Name is a name that only the system sets"

  @V2 @P5
  Scenario: What groups say is never saved with a pipeline
    Given a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And the definition says group_variables = {"color": {"value": {"plain": "blue"}}}
    And the definition says stages[0].group_variables = {"color": {"value": {"plain": "blue"}}}
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: group_variables: is written by releases only: save a variable group instead; stages[0].group_variables: is written by releases only: save a variable group instead"

  @V2 @R2 @R7
  Scenario: A release keeps its groups when its snapshot is edited
    Given a variable group "shop":
      | name  | value |
      | color | blue  |
    And a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script  |
      | deploy | $(color) $(y) |
    And the pipeline has the variable groups shop
    When release R1 is created with:
      | draft | yes |
    Given the pipeline has the variable groups none
    When bob edits R1:
      | snapshot | as edited |
    Then it is refused: "the pipeline: the variable groups of a release stay as it froze them"
    When release R2 is created
    Given these variables:
      | name | value | of  |
      | y    | mine  | Dev |
    When bob revises variables of Dev of R2, saying "one more"
    Then task deploy of Dev of R2 is told script = "blue mine"

  @V2 @U3
  Scenario: Saving a group needs to edit pipelines in the whole store
    Given a pipeline "Web" with stages:
      | stage |
      | Dev   |
    When eve allows eve to administer permissions in the store
    And bob saves the variable group "shop":
      | name  | value |
      | color | blue  |
    Then it is refused: "user:bob needs the permission to edit pipeline in the store (U3)"
