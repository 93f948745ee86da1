using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Grains.Objects;

namespace Federation.Grains.Tests.Objects;

public sealed class ServerSideApplyTests
{
    private const string Web = """
        {"apiVersion":"federation/v1","kind":"App","metadata":{"name":"web","labels":{"a":"1"}},
         "spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"web","image":"nginx:1.27"}]}}}}
        """;

    private readonly AdmissionBench _bench = new(Kinds.App, "shop", "web", FinalizerNames.Works);

    private App App => (App)_bench.Current!;

    [Fact]
    public void Apply_NoObject_CreatesItAndOwnsExactlyWhatIsStated()
    {
        _bench.Apply(Web, "ci").ShouldBeOfType<Admission.Put>().Created.ShouldBeTrue();

        App.Spec.Template.Spec.TerminationGracePeriodSeconds.ShouldBe(30, "defaults are filled in");
        App.Metadata.Finalizers.ShouldBe([FinalizerNames.Works]);
        _bench.FieldsOf("ci").ShouldBe("""{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:image":{},"f:name":{}}}}}}}""");
        var entry = App.Metadata.ManagedFields.ShouldHaveSingleItem();
        (entry.Operation, entry.ApiVersion, entry.FieldsType, entry.Time).ShouldBe(("Apply", "federation/v1", "FieldsV1", _bench.Now));
    }

    [Fact]
    public void Apply_Twice_ChangesNothing()
    {
        _bench.Apply(Web, "ci");

        _bench.Apply(Web, "ci").ShouldBeOfType<Admission.Unchanged>();
    }

    [Fact]
    public void Apply_OtherFormsOfTheSameValues_ChangeNothing()
    {
        _bench.Apply(Web, "ci");
        _bench.Apply("""{"spec":{"placement":{"failover":{"after":"60s"}}}}""", "ops", force: true);

        _bench.Apply("""{"spec":{"placement":{"failover":{"after":"1m"}}}}""", "ops").ShouldBeOfType<Admission.Unchanged>();
        _bench.Apply("""{"spec":{"placement":{"failover":{"after":"1m"}}}}""", "cd").ShouldBeOfType<Admission.Put>("same value: shared, no conflict");
    }

    [Fact]
    public void Apply_FieldNoLongerStated_IsRemovedUnlessAnotherOwnsIt()
    {
        _bench.Apply("""{"metadata":{"labels":{"a":"1","b":"2"}},"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1","workingDir":"/x","readinessProbe":{"tcpSocket":{"port":80}}}]}}}}""", "ci");
        _bench.Apply("""{"metadata":{"labels":{"b":"2"}}}""", "labels");

        _bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1"}]}}}}""", "ci").ShouldBeOfType<Admission.Put>();

        App.Metadata.Labels.ShouldBe(new Dictionary<string, string> { ["b"] = "2" });
        var container = App.Spec.Template.Spec.Containers.ShouldHaveSingleItem();
        container.WorkingDir.ShouldBeNull();
        container.ReadinessProbe.ShouldBeNull("its defaults go with it");
        _bench.FieldsOf("labels").ShouldBe("""{"f:metadata":{"f:labels":{"f:b":{}}}}""");
    }

    [Fact]
    public void Apply_ElementNoLongerStated_GoesAndOthersElementsStay()
    {
        _bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1"},{"name":"log","image":"log:1"}]}}}}""", "ci");
        _bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"mesh","image":"mesh:1"}]}}}}""", "mesh");

        _bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1"}]}}}}""", "ci");

        App.Spec.Template.Spec.Containers.Select(container => container.Name).ShouldBe(["web", "mesh"]);
    }

    [Fact]
    public void Apply_ElementThatAnotherExtends_KeepsItsKeyAndTheOthersFields()
    {
        _bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1"},{"name":"log","image":"log:1","workingDir":"/a"}]}}}}""", "ci");
        _bench.Send(WriteVerb.StrategicPatch, """{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"log:2"}]}}}}""", "kubectl-patch");

        _bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1"}]}}}}""", "ci");

        var log = App.Spec.Template.Spec.Containers[1];
        (log.Name, log.Image, log.WorkingDir).ShouldBe(("log", "log:2", null));
    }

    [Fact]
    public void Apply_OtherValueOfAnOwnedField_ConflictsInKubernetesWords()
    {
        _bench.Apply(Web, "ci");
        _bench.Send(WriteVerb.Patch, """{"spec":{"replicas":5}}""", "kubectl-edit");

        var failure = _bench.Apply(Web, "ci").ShouldBeOfType<Admission.Refused>().Failure;

        (failure.Code, failure.Reason).ShouldBe((409, StatusReasons.Conflict));
        failure.Message.ShouldBe("Apply failed with 1 conflict: conflict with \"kubectl-edit\" using federation/v1: .spec.replicas");
        failure.Details!.Causes.ShouldHaveSingleItem().ShouldBe(
            new StatusCause { Reason = "FieldManagerConflict", Message = "conflict with \"kubectl-edit\" using federation/v1", Field = ".spec.replicas" });
        App.Spec.Replicas.ShouldBe(5);
    }

    [Fact]
    public void Apply_TwoConflicts_ListsBoth()
    {
        _bench.Apply(Web, "ci");

        var failure = _bench.Apply(
            """{"metadata":{"labels":{"a":"2"}},"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:2"}]}}}}""", "cd").ShouldBeOfType<Admission.Refused>().Failure;

        failure.Message.ShouldBe("Apply failed with 2 conflicts: conflicts with \"ci\":\n- .metadata.labels.a\n- .spec.template.spec.containers[name=\"web\"].image");
    }

    [Fact]
    public void Apply_Forced_MovesTheOwnershipOfWhatConflicts()
    {
        _bench.Apply(Web, "ci");

        _bench.Apply("""{"spec":{"replicas":7}}""", "scaler", force: true).ShouldBeOfType<Admission.Put>();

        App.Spec.Replicas.ShouldBe(7);
        _bench.FieldsOf("scaler").ShouldBe("""{"f:spec":{"f:replicas":{}}}""");
        _bench.FieldsOf("ci")!.ShouldNotContain("replicas");
        _bench.FieldsOf("ci")!.ShouldContain("f:image");
        _bench.Apply(Web, "ci").ShouldBeOfType<Admission.Refused>("the field is the scaler's now");
    }

    [Fact]
    public void Apply_WholeListEmptied_ConflictsAndForcedEmptiesIt()
    {
        _bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1","args":["a"]}]}}}}""", "ci");
        const string Empty = """{"spec":{"template":{"spec":{"containers":[{"name":"web","args":[]}]}}}}""";

        _bench.Apply(Empty, "cd").ShouldBeOfType<Admission.Refused>().Failure.Message!.ShouldContain("args");
        _bench.Apply(Empty, "cd", force: true).ShouldBeOfType<Admission.Put>();

        App.Spec.Template.Spec.Containers[0].Args.ShouldBeEmpty();
    }

    [Fact]
    public void Update_RecordsTheWriterOfWhatChangedAndTakesItFromOthers()
    {
        _bench.Send(WriteVerb.Create, Web, "kubectl-create");
        _bench.FieldsOf("kubectl-create")!.ShouldContain("f:replicas");
        var created = App.Metadata.ManagedFields.Single();
        created.Operation.ShouldBe("Update");
        created.FieldsV1!.Value.GetRawText().ShouldNotContain("finalizers", Case.Sensitive, "the server's own finalizer is nobody's");

        _bench.Send(WriteVerb.JsonPatch, """[{"op":"replace","path":"/spec/replicas","value":4}]""", "kubectl-patch");
        _bench.Send(WriteVerb.Patch, """{"metadata":{"labels":{"a":null}}}""", "kubectl-label");

        _bench.FieldsOf("kubectl-patch").ShouldBe("""{"f:spec":{"f:replicas":{}}}""");
        _bench.FieldsOf("kubectl-create")!.ShouldNotContain("f:replicas");
        _bench.FieldsOf("kubectl-create")!.ShouldNotContain("f:labels");
        _bench.FieldsOf("kubectl-label").ShouldBeNull("who removes a field owns nothing");
    }

    [Theory]
    [InlineData(WriteVerb.Patch, """{"spec":{"replicas":3}}""")]
    [InlineData(WriteVerb.StrategicPatch, """{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1.27"}]}}}}""")]
    [InlineData(WriteVerb.JsonPatch, """[{"op":"replace","path":"/spec/replicas","value":3}]""")]
    [InlineData(WriteVerb.Replace, Web)]
    internal void Update_NothingChanges_KeepsOwnersAndTimes(WriteVerb verb, string body)
    {
        _bench.Send(WriteVerb.Create, Web, "kubectl-create");

        _bench.Send(verb, body, "another").ShouldBeOfType<Admission.Unchanged>();
    }

    [Fact]
    public void Update_ByAController_LeavesTheOwnersAlone()
    {
        _bench.Send(WriteVerb.Create, Web, "kubectl-create");
        var before = App.Metadata.ManagedFields;

        _bench.Send(WriteVerb.Patch, """{"spec":{"replicas":9}}""", manager: null);

        App.Metadata.ManagedFields.ShouldBe(before);
    }

    [Fact]
    public void ManagedFields_ResetAndReplaced_AsKubernetesDoes()
    {
        _bench.Send(WriteVerb.Create, Web, "kubectl-create");
        _bench.Send(WriteVerb.Patch, """{"metadata":{"managedFields":[]}}""", "kubectl-patch").ShouldBeOfType<Admission.Unchanged>("a client that drops what it does not know resets nothing");

        _bench.Send(WriteVerb.Patch, """{"metadata":{"managedFields":[{}]}}""", "kubectl-patch");
        App.Metadata.ManagedFields.ShouldBeEmpty();

        _bench.Send(WriteVerb.Patch, """{"spec":{"replicas":4}}""", "kubectl-patch");
        App.Metadata.ManagedFields.ShouldBeEmpty("nobody is known to own the rest");
        var conflict = _bench.Apply(Web, "ci").ShouldBeOfType<Admission.Refused>().Failure;
        conflict.Message!.ShouldContain("conflict with \"before-first-apply\" using federation/v1: .spec.replicas");
    }

    [Fact]
    public void ManagedFields_RenamedByTheClient_MoveAsIts()
    {
        // What kubectl does before its first server-side apply of an object that it applied from the client before.
        _bench.Send(WriteVerb.Create, Web, "kubectl-client-side-apply");
        var fields = _bench.FieldsOf("kubectl-client-side-apply");
        var entries = $$"""[{"manager":"kubectl","operation":"Apply","apiVersion":"federation/v1","time":"2030-01-01T00:00:01Z","fieldsType":"FieldsV1","fieldsV1":{{fields}}}]""";

        _bench.Send(
            WriteVerb.JsonPatch,
            $$"""[{"op":"replace","path":"/metadata/managedFields","value":{{entries}}},{"op":"replace","path":"/metadata/resourceVersion","value":"{{App.Metadata.ResourceVersion}}"}]""",
            "kubectl").ShouldBeOfType<Admission.Put>();
        _bench.Apply("""{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"nginx:1.27"}]}}}}""", "kubectl").ShouldBeOfType<Admission.Put>();

        App.Metadata.Labels.ShouldBeEmpty("what kubectl stated before and no longer states goes");
        App.Spec.Replicas.ShouldBe(1);
        App.Metadata.Finalizers.ShouldBe([FinalizerNames.Works]);
    }

    [Fact]
    public void Status_AppliedThroughItsSubresource_IsOwnedApart()
    {
        _bench.Apply(Web, "ci");

        _bench.Send(WriteVerb.Apply, """{"spec":{"replicas":9},"status":{"readyReplicas":2}}""", "controller", subresource: "status").ShouldBeOfType<Admission.Put>();

        (App.Spec.Replicas, App.Status.ReadyReplicas).ShouldBe((3, 2));
        _bench.FieldsOf("controller", "status").ShouldBe("""{"f:status":{"f:readyReplicas":{}}}""");
        _bench.Apply(Web, "ci").ShouldBeOfType<Admission.Unchanged>();
        _bench.Send(WriteVerb.Apply, "{}", "x", subresource: "status").ShouldNotBeOfType<Admission.Refused>();
    }

    [Theory]
    [InlineData("""{"metadata":{"managedFields":[{"manager":"x"}]}}""", 400, "managedFields must be nil")]
    [InlineData("""{"metadata":{"name":"other"}}""", 400, "does not match")]
    [InlineData("""{"metadata":{"resourceVersion":"99"}}""", 409, "has been modified")]
    [InlineData("""{"metadata":{"uid":"other"}}""", 409, "has been modified")]
    [InlineData("""{"spec":{"colour":"red"}}""", 422, "spec.colour")]
    [InlineData("""{"spec":{"replicas":-1}}""", 422, "spec.replicas")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"a"}]}}}}""", 422, "no two elements may have the same name")]
    [InlineData("[]", 400, "must be a JSON object")]
    [InlineData("""{"kind":"Cluster"}""", 422, "kind")]
    public void Apply_WrongBody_IsRefused(string body, int code, string says)
    {
        _bench.Apply(Web, "ci");

        var failure = _bench.Apply(body, "ci", force: true).ShouldBeOfType<Admission.Refused>().Failure;

        failure.Code.ShouldBe(code, failure.Message);
        failure.Message!.ShouldContain(says);
    }

    [Fact]
    public void ManyWriters_BecomeOneAncientOne()
    {
        _bench.Send(WriteVerb.Create, Web, "kubectl-create");
        for (var writer = 0; writer < 15; writer++)
            _bench.Send(WriteVerb.Patch, $$$$"""{"metadata":{"annotations":{"a{{{{writer}}}}":"x"}}}""", $"writer-{writer}");

        App.Metadata.ManagedFields.Count.ShouldBe(10);
        _bench.FieldsOf("ancient-changes")!.ShouldContain("f:a5");
        _bench.FieldsOf("writer-14").ShouldBe("""{"f:metadata":{"f:annotations":{"f:a14":{}}}}""");
    }
}
