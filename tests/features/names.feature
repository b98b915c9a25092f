Feature: Names of releases

  @scenario-46 @P7
  Scenario: A counter for each day
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And releases are named "Rel-$(Date:yyyyMMdd)-$(rev:rr)"
    And it is 2024-05-03 12:00
    When releases R1, R2 are created
    Then R1 is named "Rel-20240503-01"
    And R2 is named "Rel-20240503-02"
    When 1 day passes
    And release R3 is created
    Then R3 is named "Rel-20240504-01"

  @P7
  Scenario: Without a format
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When releases R1, R2 are created
    Then R1 is named "Release-1"
    And R2 is named "Release-2"

  @P7
  Scenario Outline: What tokens stand for
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary | build definition |
      | app   | yes     | Shop CI          |
    And these variables:
      | name   | value | settable |
      | Color  | blue  | yes      |
      | Plain  | sky   |          |
    And the definition says properties = {"System.TeamProject": "Retail"}
    And releases are named "<format>"
    And it is 2024-05-03 09:08
    When release R1 is created with:
      | artifact app        | 18        |
      | artifact app branch | main      |
      | variable Color      | green     |
    Then R1 is named "<name>"

    Examples:
      | format                                          | name               |
      | $(Build.BuildNumber)-$(Build.DefinitionName)    | 18-Shop CI         |
      | $(Release.ReleaseId)/$(Release.DefinitionName)  | 1/Shop             |
      | $(System.TeamProject)                           | Retail             |
      | $(Artifact.app.SourceBranch)                    | main               |
      | $(Color) $(Plain)                               | green sky          |
      | $(nobody.knows) $(rev:rrr)                      | $(nobody.knows) 001 |
      | $(d ate:yyyy-MM-dd) $(R e v:r)                  | 2024-05-03 1       |
      | $(Date:HHmmss)                                  | 090800             |

  @P7
  Scenario: The date is that of the pipeline's zone
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And releases are named "$(Date:yyyy-MM-dd)"
    And the definition says zone = "Europe/Warsaw"
    And it is 2024-05-03 23:30
    When release R1 is created
    Then R1 is named "2024-05-04"

  @P7
  Scenario: A counter has at least as many digits, and more where it needs them
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    And releases are named "$(rev:r)"
    When releases R1 to R10 are created
    Then R9 is named "9"
    And R10 is named "10"

  @P7
  Scenario Outline: What built the primary artifact is called by its name, not by its number
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And these artifact sources:
      | alias | primary |
      | app   | yes     |
    And the definition says artifacts[0].reference = <reference>
    And releases are named "$(Build.DefinitionName)/$(Artifact.app.DefinitionName)"
    When release R1 is created with:
      | artifact app | 18 |
    Then R1 is named "<name>"

    Examples:
      | reference                                           | name            |
      | {"definition": "12", "definition.name": "Shop CI"}  | Shop CI/Shop CI |
      | {"Definition": "12", "Definition.Name": "Shop CI"}  | Shop CI/Shop CI |
      | {"definition": "Shop CI", "definition.name": ""}    | Shop CI/Shop CI |
      | {"definition": "Shop CI"}                           | Shop CI/Shop CI |
