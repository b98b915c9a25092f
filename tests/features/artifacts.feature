Feature: Artifacts
  Versions of what is deployed are published on the feed of their source; each release takes one of every source.

  Background:
    Given a pipeline "Shop" with stages:
      | stage | tasks |
      | Dev   | none  |

  @A2
  Scenario: A version is published once
    Given these artifact sources:
      | alias | primary |
      | app   | yes     |
    When version 18 of app is published on main
    And version 18 of app is published on main
    Then nothing is recorded
    When version 18 of app is published on dev
    Then it is refused: "version \"18\" was published before with another branch: a version never changes, publish another one"
    And artifact.published was recorded 1 time

  @A2
  Scenario: Tagging is a publication of its own kind
    Given these artifact sources:
      | alias | primary |
      | app   | yes     |
    When version 18 of app is published on main
    And version 18 of app is tagged good
    And version 18 of app is tagged GOOD
    Then nothing is recorded
    And artifact.tagged was recorded 1 time
    When version 19 of app is tagged good
    Then it is refused: "version \"19\" is not known: it was not published, or too many others were since"

  @A1
  Scenario: Pipelines that name the same thing share its feed
    Given these artifact sources:
      | alias | primary | kind  | build definition |
      | app   | yes     | build | Shop CI          |
    And a pipeline "Web" with stages:
      | stage | tasks |
      | Dev   | none  |
    And these artifact sources:
      | alias | primary | kind  | build definition |
      | web   | yes     | build | Shop CI          |
    And the pipeline "Shop"
    When version 18 of app is published
    Given the pipeline "Web"
    When release R1 is created
    Then R1 says:
      | artifact web | 18 |

  @A3 @A4
  Scenario Outline: The default version
    Given these artifact sources:
      | alias | primary | default version |
      | app   | yes     | <rule>          |
    When version 1 of app is published on main
    And version 2 of app is published on refs/heads/main
    And version 3 of app is published on dev
    And version 4 of app is published with:
      | branch            | main |
      | pull request into | main |
    And version 1 of app is tagged Good
    When release R1 is created
    Then R1 says:
      | artifact app | <version> |

    Examples:
      | rule                       | version |
      | latest                     | 3       |
      | latest of main             | 2       |
      | latest of main tagged good | 1       |
      | version 2                  | 2       |

  @A4
  Scenario Outline: A source without a version to take
    Given these artifact sources:
      | alias | primary | default version |
      | app   | yes     | <rule>          |
    When version 1 of app is published on main
    And release R1 is created
    Then it is refused: "artifact \"app\" has no version to take: name one"
    And R1 does not exist

    Examples:
      | rule                       |
      | latest of dev              |
      | latest of main tagged good |
      | version 2                  |
      | chosen                     |

  @A4
  Scenario: Versions that are given win, whatever the case of their aliases
    Given these artifact sources:
      | alias | primary |
      | app   | yes     |
      | lib   |         |
    When version 1 of app is published on main
    And version 2 of app is published on main
    And version 7 of lib is published on main
    And release R1 is created with:
      | artifact APP | 1 |
    Then R1 says:
      | artifact app        | 1    |
      | artifact app branch | main |
      | artifact lib        | 7    |
    When release R2 is created with:
      | artifact app | 1 |
      | artifact App | 2 |
    Then it is refused: "more than one version of artifact \"app\" is named"
    When release R3 is created with:
      | artifact other | 1 |
    Then it is refused: "the pipeline has no artifact \"other\""

  @A4
  Scenario: A version that was never published can be given in full
    Given these artifact sources:
      | alias | primary | default version |
      | app   | yes     | version 1       |
    When release R1 is created with:
      | artifact app        | 1    |
      | artifact app branch | main |
    Then R1 says:
      | artifact app        | 1    |
      | artifact app branch | main |

  @A2 @A4 @S5
  Scenario: A version that is known is what was published, whatever is said of it
    Given a pipeline "Store" with stages:
      | stage | tasks |
      | Prod  | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Prod takes only versions of app from main
    When version 1 of app is published on features/a
    And release R1 is created with:
      | artifact app        | 1    |
      | artifact app branch | main |
    Then it is refused: "artifact \"app\": version \"1\" was published before with another branch: a version never changes, publish another one"
    And R1 does not exist
    When release R2 is created with:
      | artifact app        | 1          |
      | artifact app branch | features/a |
    Then Prod of R2 is not started
    And R2 says:
      | artifact app        | 1          |
      | artifact app branch | features/a |

  @A2 @A4 @T3
  Scenario: A version of a pull request stays one, also where it is given in full
    Given these artifact sources:
      | alias | primary |
      | app   | yes     |
    When version 1 of app is published with:
      | branch            | main |
      | pull request into | main |
    And release R1 is created with:
      | artifact app        | 1    |
      | artifact app branch | main |
    Then it is refused: "artifact \"app\": version \"1\" was published before with another pull request: ..."

  @A2 @A4
  Scenario: A version that is given fits, as one that is published does
    Given these artifact sources:
      | alias | primary |
      | app   | yes     |
    When release R1 is created with:
      | artifact app        | 1               |
      | artifact app commit | 257 characters  |
    Then it is refused: "artifact \"app\": the version's commit has 257 characters, at most 256 are allowed"
    When release R2 is created with:
      | artifact app        | 1               |
      | artifact app commit | 256 characters  |
    Then R2 is active

  @scenario-9 @A3 @A4 @R1
  Scenario: Version override
    Given a pipeline "Store" with stages:
      | stage | tasks |
      | Dev   | none  |
      | QA    |       |
      | Prod  | none  |
    And QA has these tasks:
      | task | input script           |
      | ship | ship $(Build.BuildId)  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    When versions 18 to 20 of app are published on main
    And release R1 is created with:
      | artifact app | 18 |
    And version 21 of app is published on main
    Then task ship of QA of R1 is told script = "ship 18"
    And R1 says:
      | artifact app | 18 |
    When release R2 is created
    Then R2 says:
      | artifact app | 21 |

  @S5
  Scenario: A stage that does not take the version never starts
    Given a pipeline "Store" with stages:
      | stage | starts        | tasks |
      | Dev   | after release | none  |
      | QA    | manual        | none  |
      | Prod  | after Dev     | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
      | lib   |         |
    And Dev takes only versions of app from main,release/*,-release/old
    And QA takes only versions of app from main
    And QA takes only versions of lib from main tagged good
    When version 1 of lib is published on main
    And version 1 of app is published on release/old
    And release R1 is created
    Then Dev of R1 is not started
    And Dev of R1 waits for:
      | what                                              | cleared by                            | nature    |
      | does not take this version of artifact "app" (S5) | whoever may override artifact filters | clearable |
    And Prod of R1 waits for:
      | what                        | cleared by |
      | waits for Dev (not started) | Dev        |
    And QA of R1 waits for:
      | what                                              | nature    |
      | does not take this version of artifact "app" (S5) | clearable |
      | does not take this version of artifact "lib" (S5) | clearable |
    When bob deploys Dev of R1
    Then it is refused: "stage 1 does not take this version of artifact \"app\" (S5)"
    When bob deploys Prod of R1
    Then Prod of R1 is succeeded
    When version 2 of app is published on release/new
    And release R2 is created
    Then Prod of R2 is succeeded

  @S5
  Scenario: All sources that are named must pass
    Given a pipeline "Store" with stages:
      | stage | tasks |
      | Dev   | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
      | lib   |         |
    And Dev takes only versions of APP from main
    And Dev takes only versions of lib from main
    When release R1 is created with:
      | artifact app        | 1    |
      | artifact app branch | main |
      | artifact lib        | 1    |
      | artifact lib branch | dev  |
    Then Dev of R1 is not started
    When release R2 is created with:
      | artifact app        | 1               |
      | artifact app branch | main            |
      | artifact lib        | 2               |
      | artifact lib branch | refs/heads/main |
    Then Dev of R2 is succeeded

  @S5 @S6
  Scenario: A path with a stage that never starts
    Given a pipeline "Store" with stages:
      | stage | starts    | tasks |
      | Dev   | manual    | none  |
      | QA    | after Dev | none  |
      | Prod  | after QA  | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And QA takes only versions of app from main
    When version 1 of app is published on dev
    And release R1 is created with:
      | target | Prod |
    Then it is refused: "stage 2 is on the path to the target, and does not take this version of artifact \"app\" (S5)"
    And R1 does not exist
    When release R2 is created
    And bob deploys R2 up to Prod
    Then it is refused: "stage 2 does not take this version of artifact \"app\" (S5)"
    And Dev of R2 is not started
    When bob deploys R2 up to Dev
    Then Dev of R2 is succeeded

  @scenario-14 @S5
  Scenario: Artifact filter of a stage
    Given a pipeline "Store" with stages:
      | stage | tasks |
      | Dev   | none  |
      | QA    | none  |
      | Prod  | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Prod takes only versions of app from main
    When version 1 of app is published on features/a
    And release R1 is created
    Then the stages are:
      |    | Dev       | QA        | Prod        |
      | R1 | succeeded | succeeded | not started |
    And Prod of R1 waits for:
      | what                                              | cleared by                            | nature    |
      | does not take this version of artifact "app" (S5) | whoever may override artifact filters | clearable |
    When bob deploys Prod of R1
    Then it is refused: "stage 3 does not take this version of artifact \"app\" (S5)"
    When eve allows eve to administer permissions in the store
    And eve allows bob to manage deployments in the store
    And bob deploys Prod of R1 in spite of its artifact filters, saying "a hotfix"
    Then it is refused: "user:bob needs the permission to override artifact filters in stage 3 of pipeline 2 (U3)"
    And Prod of R1 is not started
    When eve allows bob to override artifact filters in Prod
    And bob deploys Prod of R1
    Then it is refused: "stage 3 does not take this version of artifact \"app\" (S5)"
    When bob deploys Prod of R1 in spite of its artifact filters, saying ""
    Then it is refused: "overriding artifact filters takes a comment: say why"
    When bob deploys Prod of R1 in spite of its artifact filters, saying "a hotfix"
    Then Prod of R1 is succeeded

  @S5 @S8
  Scenario: A deployment that overrides the filters may wait for a moment
    Given a pipeline "Store" with stages:
      | stage | tasks |
      | Dev   | none  |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And Dev takes only versions of app from main
    When version 1 of app is published on dev
    And release R1 is created
    And bob deploys Dev of R1 at 2024-01-01 18:00 in spite of its artifact filters, saying "tonight"
    Then Dev of R1 is scheduled
    When bob deploys Dev of R1
    Then Dev of R1 is succeeded
