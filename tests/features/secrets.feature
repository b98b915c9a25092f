Feature: Secrets
  What is recorded of a secret is where it is kept: never what it is. What it is goes to whoever keeps secrets for the host, and from
  there to the task that needs it, in the moment in which it begins.

  @V4 @V2 @scenario-45
  Scenario: Reading shows nothing, saving nothing keeps it, and a new value replaces it
    Given a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task   | input script              |
      | deploy | login $(user) $(Password) |
    And the pipeline has the variable groups shop
    When ann gives the variable group "shop":
      | name     | value          |
      | user     | ann            |
      | password | secret hunter2 |
    Then the variable group "shop" is at revision 1
    And the variable group "shop" shows password as null
    And the variable group "shop" shows user as "ann"
    When release R1 is created
    Then task deploy of Dev of R1 gets the secret password = "hunter2"
    When ann gives the variable group "shop":
      | name     | value |
      | user     | bob   |
      | password | null  |
    Then the variable group "shop" is at revision 2
    And the variable group "shop" shows password as null
    When release R2 is created
    Then task deploy of Dev of R2 is told script = "login bob $(Password)"
    And task deploy of Dev of R2 gets the secret password = "hunter2"
    When ann gives the variable group "shop":
      | name     | value          |
      | user     | bob            |
      | password | secret hunter3 |
    Then the variable group "shop" is at revision 3
    When release R3 is created
    Then task deploy of Dev of R3 gets the secret password = "hunter3"
    # A release keeps the version that the group had when it was made.
    And task deploy of Dev of R1 gets the secret password = "hunter2"
    And nothing that was recorded has "hunter" in it

  @V4 @V2
  Scenario: A save that is refused keeps nothing, and the same secret again changes nothing
    When ann gives the variable group "shop":
      | name     | value          |
      | password | secret hunter2 |
    And ann gives the variable group "shop" against revision 7:
      | name     | value          |
      | password | secret hunter3 |
    Then it is refused: "stale revision: the change was made against revision 7, the variable group is at revision 1"
    When ann gives the variable group "shop":
      | name     | value          |
      | password | secret hunter2 |
    Then the variable group "shop" is at revision 1

  @V4 @J10
  Scenario: A secret that a task sets is known by where it is kept
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | job   | job reference name | task | reference name | input script                                |
      | Build | assemble           | make | maker          |                                             |
      | Build |                    | pack |                | $(key) $(maker.key)                         |
      | Ship  | ship               | send |                | $(key) $(maker.key) $(assemble.maker.token) |
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name  | value                | output |
      | key   | secret outputs/key   |        |
      | token | secret outputs/token | yes    |
    Then task pack of Dev of R1 is told script = "$(key) $(maker.key)"
    And task pack of Dev of R1 refers to the secret outputs/key as key
    And task pack of Dev of R1 refers to the secret outputs/key as maker.key
    When task pack of Dev of R1 succeeds
    Then task send of Dev of R1 is told script = "$(key) $(maker.key) $(assemble.maker.token)"
    And task send of Dev of R1 refers to the secret outputs/token as assemble.maker.token

  @V4 @J10 @C3
  Scenario: A secret that a task sets makes a condition false that asks for it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And Dev has these tasks:
      | task | condition                      |
      | make |                                |
      | pack | ne(variables['key'], 'hunter') |
    When release R1 is created
    And task make of Dev of R1 succeeds and has set:
      | name | value              |
      | key  | secret outputs/key |
    Then Dev of R1 is succeeded

  @V4 @R2 @R4 @S8
  Scenario: Clear text is never taken for a secret, wherever it is given
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these variables:
      | name     | value          | of  | settable |
      | password | secret shop/db | Dev | yes      |
    When release R1 is created with:
      | variable Password | hunter2 |
    Then it is refused: "variable \"Password\" is a secret: its value belongs with the host's secrets, not into a release"
    When release R1 is created
    And bob deploys Dev of R1 with:
      | variable password | hunter2 |
    Then it is refused: "variable \"password\" is a secret: its value belongs with the host's secrets, not into a release"
    When release R2 is created with:
      | draft | yes |
    And ann edits R2:
      | variable password | hunter2 |
    Then it is refused: "variable \"password\" is a secret: its value belongs with the host's secrets, not into a release"
    And nothing that was recorded has "hunter" in it
