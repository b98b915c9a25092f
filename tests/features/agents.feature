Feature: Agents
  A pool has agents, each with capabilities. A job that runs on an agent waits for one that is free and meets all its demands, in the order
  of arrival. A pool that nobody defined bounds nothing and meets every demand.

  @J11
  Scenario: A pool is defined, and has the agents that are saved in it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann defines pool Farm
    And ann saves agents web1, web2 of pool farm with java=17, Agent.OS=Linux
    Then pool FARM has the agents web1, web2
    And agent web1 of pool farm offers Agent.OS=Linux, java=17
    When ann saves agent web1 of pool farm with node=20
    Then agent web1 of pool farm offers node=20
    When ann removes agent web2 of pool farm
    Then pool farm has the agents web1
    And pool.defined was recorded 1 time
    When ann removes pool farm
    Then pool farm is not defined

  @J11
  Scenario: Agents of a pool that nobody defined, and those that are taken for others, are refused
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When ann saves agent web1 of pool farm
    Then it is refused: "there is no such pool: define it first"
    When ann defines pool farm
    And ann enables agent web1 of pool farm
    Then it is refused: "the pool has no agent web1"
    When ann saves agent web1 of pool farm
    And ann saves agent WEB1 of pool farm
    Then it is refused: "the pool has an agent web1 already, which WEB1 could be taken for"

  @J11 @P5
  Scenario: A demand that can't be read is a problem of the definition
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].jobs[0].kind = {"agent": {"pool": "farm", "demands": ["java", "java 17", "Agent.Version -gtVersion new"]}}
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: stages[0].jobs[0].kind.agent.demands[1]: has \"17\" behind its name, where only -equals or -gtVersion can be; stages[0].jobs[0].kind.agent.demands[2]: compares with \"new\", which is not a version such as 2.163.1"

  @J11 @U3
  Scenario: Pools and their agents are for those who manage queues
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve allows eve to administer permissions in the store
    And ann defines pool farm
    Then it is refused: "user:ann needs the permission to manage queues in the store (U3)"
    When eve allows ann to manage queues in the store
    And ann defines pool farm
    And ann saves agent web1 of pool farm
    And bob disables agent web1 of pool farm, saying "a new disk"
    Then it is refused: "user:bob needs the permission to manage queues in the store (U3)"
    And pool farm has the agents web1
