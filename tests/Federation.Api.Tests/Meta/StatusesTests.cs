using Federation.Api.Meta;

namespace Federation.Api.Tests.Meta;

public sealed class StatusesTests
{
    [Fact]
    public void Invalid_SeveralErrors_AreInTheMessageAndInTheCauses()
    {
        var errors = Kinds.App.DecodeAndValidate(Manifests.WebWith(manifest =>
        {
            manifest["spec"]!["replicas"] = -1;
            manifest["spec"]!["foo"] = 1;
        })).Errors;

        var status = Statuses.Invalid(Kinds.App, "web", errors);

        (status.Code, status.Reason, status.Outcome).ShouldBe((422, "Invalid", "Failure"));
        status.Message.ShouldBe(
            "App.federation \"web\" is invalid: [spec.foo: Forbidden: unknown field, spec.replicas: Invalid value: -1: must be between 0 and 100000]");
        status.Details!.Causes.Select(cause => (cause.Field, cause.Reason)).ShouldBe([("spec.foo", "FieldValueForbidden"), ("spec.replicas", "FieldValueInvalid")]);
        (status.Details.Kind, status.Details.Group, status.Details.Name).ShouldBe(("App", "federation", "web"));
    }

    [Fact]
    public void Invalid_NotJson_IsABadRequest()
    {
        var status = Statuses.Invalid(Kinds.App, "", Kinds.App.DecodeAndValidate("{"u8).Errors);

        (status.Code, status.Reason).ShouldBe((400, "BadRequest"));
    }

    [Fact]
    public void Statuses_Messages_AreThoseKubectlUsersKnow()
    {
        Says(Statuses.NotFound(Kinds.App, "web"), 404, "NotFound", "apps.federation \"web\" not found");
        Says(Statuses.NotFound(Kinds.Namespace, "shop"), 404, "NotFound", "namespaces \"shop\" not found");
        Says(Statuses.AlreadyExists(Kinds.App, "web"), 409, "AlreadyExists", "apps.federation \"web\" already exists");
        Says(
            Statuses.Conflict(Kinds.App, "web"),
            409,
            "Conflict",
            "Operation cannot be fulfilled on apps.federation \"web\": the object has been modified; please apply your changes to the latest version and try again");
        Says(Statuses.Unauthorized(), 401, "Unauthorized", "Unauthorized");
        Says(Statuses.MethodNotAllowed(), 405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        Statuses.Expired().Code.ShouldBe(410);
        Statuses.ServiceUnavailable("the store is away", 3).Details!.RetryAfterSeconds.ShouldBe(3);
        Statuses.NotFound(Kinds.App, "web").Details.ShouldBe(new StatusDetails { Name = "web", Group = "federation", Kind = "apps" });
    }

    private static void Says(Status status, int code, string reason, string message) => (status.Code, status.Reason, status.Message).ShouldBe((code, reason, message));
}
