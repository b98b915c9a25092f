Feature: Release triggers
  A pipeline observes what is published on the feeds of its sources, each publication once and in order, and its triggers make releases
  of what passes their filters.

  @T0 @T1 @I8
  Scenario: A version that is published makes a release
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
      | lib   |         |
    And these release triggers:
      | on  |
      | app |
    When eve saves the pipeline
    When version 7 of lib is published on main
    Then the pipeline has 0 releases
    When version 18 of app is published on main
    Then the pipeline has 1 release
    And R1 says:
      | reason              | continuousIntegration |
      | triggered by        | app                   |
      | artifact app        | 18                    |
      | artifact app branch | main                  |
      | artifact lib        | 7                     |
      | creator             | trigger app           |
    And Dev of R1 is in progress
    And one commit holds:
      | pipeline  | pipeline.trigger-fired        |
      | pipeline  | pipeline.release-numbered     |
      | pipeline  | pipeline.publication-observed |
      | R1        | release.created               |
      | Dev of R1 | deployment.triggered          |
    When version 18 of app is published on main
    Then nothing is recorded
    And the pipeline has 1 release

  @scenario-10 @T1 @A5
  Scenario: Branch filter of a trigger
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | branches                 |
      | app | features/*, -features/x  |
    When eve saves the pipeline
    When version 1 of app is published on features/a
    And version 2 of app is published on features/x
    And version 3 of app is published on main
    Then the pipeline has 1 release
    And R1 says:
      | reason       | continuousIntegration |
      | triggered by | app                   |
      | artifact app | 1                     |

  @T1 @A5
  Scenario: Several filters of one trigger are alternatives
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And the definition says triggers = [{"enabled": true, "kind": {"continuous-deployment": {"alias": "APP", "filters": [{"branches": ["main"], "tags": ["good"]}, {"branches": ["dev"]}]}}}]
    When eve saves the pipeline
    When version 1 of app is published on main
    And version 2 of app is published on dev
    And version 3 of app is published with:
      | branch | main      |
      | tags   | GOOD, new |
    Then the pipeline has 2 releases
    And R1 says:
      | artifact app | 2 |
    And R2 says:
      | artifact app | 3 |

  @T1
  Scenario: Only the source's own default branch
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | default branch |
      | app | yes            |
    When eve saves the pipeline
    When version 1 of app is published on main
    And version 2 of app is published with:
      | branch         | main |
      | default branch | yes  |
    Then the pipeline has 1 release
    And R1 says:
      | artifact app | 2 |

  @T1 @I8
  Scenario: Tagging triggers once, and only where it is asked for
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | tags | on tagging |
      | app | good | yes        |
      | app | good |            |
    When eve saves the pipeline
    When version 1 of app is published on main
    Then the pipeline has 0 releases
    When version 1 of app is tagged new
    Then the pipeline has 0 releases
    When version 1 of app is tagged good
    Then the pipeline has 1 release
    When version 1 of app is tagged better
    Then the pipeline has 1 release
    When version 2 of app is published with:
      | branch | main |
      | tags   | good |
    Then the pipeline has 3 releases
    When version 2 of app is tagged better
    Then the pipeline has 3 releases

  @T4
  Scenario Outline: Images, packages, repositories and webhooks
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary | kind   |
      | app   | yes     | <kind> |
    And these release triggers:
      | on  | pattern   | branches |
      | app | <pattern> | <branch> |
    When eve saves the pipeline
    When version v1 of app is published on dev
    And version v1-rc of app is published on main
    And version v2 of app is published on main
    Then the pipeline has <count> releases
    And R1 says:
      | artifact app | <first> |

    Examples:
      | kind     | pattern    | branch | count | first |
      | images   | ^v[0-9]+$  |        | 2     | v1    |
      | packages | v2         |        | 1     | v2    |
      | git      |            | main   | 2     | v1-rc |
      | webhook  |            |        | 3     | v1    |

  @T4 @P5
  Scenario: A pattern that is no regular expression is found when the pipeline is saved
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary | kind   |
      | app   | yes     | images |
    And these release triggers:
      | on  | pattern |
      | app | v(      |
    When eve saves the pipeline
    Then it is refused: "...triggers[0].kind.continuous-deployment.filters[0].version_pattern: must be a regular expression: ..."

  @T0
  Scenario: A pipeline begins where the feed stands
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    When version 1 of app is published on main
    Given these release triggers:
      | on  | branches |
      | app | main     |
    When eve saves the pipeline
    Then the pipeline has 0 releases
    When version 2 of app is published on main
    Then the pipeline has 1 release
    Given there are no release triggers
    And these release triggers:
      | on  | branches |
      | app | *        |
      | app | main     |
    When eve saves the pipeline
    And version 2 of app is tagged good
    Then the pipeline has 1 release
    When version 3 of app is published on main
    Then the pipeline has 3 releases

  @T0
  Scenario: A trigger that is new answers nothing that was published before, one that stays answers it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | branches |
      | app | main     |
    When eve saves the pipeline
    When the engine goes down
    And version 1 of app is published on main
    Given there are no release triggers
    And these release triggers:
      | on  | branches |
      | app | *        |
      | app | main     |
    When eve saves the pipeline
    And version 2 of app is published on main
    Then the pipeline has 0 releases
    When the engine restarts
    Then the pipeline has 3 releases
    And R1 says:
      | artifact app | 1 |
    And R2 says:
      | artifact app | 2 |
    And R3 says:
      | artifact app | 2 |

  @T0 @I8
  Scenario: Nothing is lost and nothing seen twice while the engine is down
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | branches |
      | app | main     |
    When eve saves the pipeline
    When the engine goes down
    And versions 1, 2 of app are published on main
    And version 3 of app is published on dev
    And version 4 of app is published on main
    Then the pipeline has 0 releases
    When the engine restarts
    Then the pipeline has 3 releases
    And R3 says:
      | artifact app | 4 |
    And pipeline.publication-observed was recorded 4 times
    When the engine restarts
    Then the pipeline has 3 releases

  @T0 @I8
  Scenario: Several triggers of a pipeline make a release each, one in a commit
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | branches | enabled |
      | app | main     |         |
      | app | dev      |         |
      | app | *        |         |
      | app | main     | no      |
      | app | ma*      |         |
    When eve saves the pipeline
    When version 1 of app is published on main
    Then the pipeline has 3 releases
    And no commit holds more than 1 pipeline.release-numbered
    And pipeline.publication-observed was recorded 3 times

  @T0
  Scenario: Each pipeline observes in commits of its own
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary | build definition |
      | app   | yes     | CI               |
    And these release triggers:
      | on  |
      | app |
    When eve saves the pipeline
    Given a pipeline "Web" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary | build definition |
      | web   | yes     | CI               |
    And these release triggers:
      | on  |
      | web |
    When eve saves the pipeline
    When version 1 of web is published on main
    Then the pipeline has 1 release
    And no commit holds more than 1 pipeline.publication-observed
    Given the pipeline "Shop"
    Then the pipeline has 1 release

  @A4 @T6
  Scenario: A trigger declines where another source has no version to take
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary | default version |
      | app   | yes     | latest          |
      | lib   |         | chosen          |
    And these release triggers:
      | on  | branches |
      | app | main     |
      | app | *        |
    When eve saves the pipeline
    When version 1 of app is published on main
    And version 2 of app is published on dev
    Then the pipeline has 0 releases
    And these triggers declined:
      | 0 | artifact "lib" has no version to take |
      | 1 | artifact "lib" has no version to take |
      | 1 | artifact "lib" has no version to take |

  @T6
  Scenario: A trigger declines where a release would be refused
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  |
      | app |
    And Dev has the variable groups europe
    When eve saves the pipeline
    When version 1 of app is published on main
    Then the pipeline has 0 releases
    And these triggers declined:
      | 0 | stages[0].variable_groups[0]: there is no variable group "europe" |

  @scenario-48 @P6 @T6
  Scenario: Disabled pipeline
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And these release triggers:
      | on  | branches |
      | app | main     |
    And these release schedules:
      | at    |
      | 12:00 |
    When eve saves the pipeline
    And eve disables the pipeline
    And version 1 of app is published on main
    And version 2 of app is published on dev
    And 13 hours pass
    Then the pipeline has 0 releases
    And these triggers declined:
      | 0 | the pipeline is disabled: no releases are made from it |
      | 1 | the pipeline is disabled: no releases are made from it |
    When release R1 is created
    Then it is refused: "the pipeline is disabled: no releases are made from it"
    When eve enables the pipeline
    Then the pipeline has 0 releases
    When version 3 of app is published on main
    Then the pipeline has 1 release
