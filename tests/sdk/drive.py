"""Calls every streaming operation of a simulator with the vendor's official SDK."""

import os
import sys
import time
from urllib.parse import urlsplit

from alibabacloud_eventbridge20200401 import models
from alibabacloud_eventbridge20200401.client import Client
from alibabacloud_tea_openapi import utils_models

NAME = "orders-cdc"
PASSWORD = "p@ss w+rd&=%"


def client(url, secret=None):
    return Client(
        utils_models.Config(
            access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=secret or os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            endpoint=urlsplit(url).netloc,
            protocol="http",
            region_id="cn-hangzhou",
        )
    )


def source():
    return {
        "SourceMySQLParameters": {
            "RegionId": "cn-hangzhou",
            "HostName": "rm-abc.mysql.rds.aliyuncs.com",
            "Port": 3306,
            "User": "eb_cdc",
            "Password": PASSWORD,
            "DatabaseName": "sales_db",
            "TableNames": "sales_db.customers,sales_db.transactions",
            "SnapshotMode": "initial",
            "IncludeSchemaChanges": "true",
            "NetworkType": "PublicNetwork",
        }
    }


def sink():
    constant = lambda value: {"Form": "CONSTANT", "Value": value}
    return {
        "SinkMNSParameters": {
            "QueueName": constant("MyQueue"),
            "IsBase64Encode": constant("true"),
            "Body": {
                "Form": "TEMPLATE",
                "Value": '{"id":"$.data.id"}',
                "Template": "Grüße, ${id}!",
            },
        }
    }


def definition(name=NAME, **more):
    return {
        "EventStreamingName": name,
        "FilterPattern": '{"source":[{"prefix":"acs."}]}',
        "Source": source(),
        "Sink": sink(),
        "RunOptions": {"ErrorsTolerance": "ALL", "MaximumTasks": 2},
        **more,
    }


def good(response):
    """The body of an answer that says success."""
    body = response.body
    assert response.status_code == 200, response.status_code
    assert body.code == "Success" and body.success is True, body.to_map()
    assert len(body.request_id) == 36, body.request_id
    return body


def refused(code, status, call, *arguments):
    """Checks that a call raises this code, and gives the error."""
    try:
        answer = call(*arguments)
    except Exception as error:
        found = (getattr(error, "code", None), getattr(error, "status_code", None))
        assert found == (code, status), f"{found}: {error}"
        return error
    raise AssertionError(f"{code} expected: {answer.body.to_map()}")


def named(request, name=NAME, **more):
    return request().from_map({"EventStreamingName": name, **more})


def status(service):
    return good(service.get_event_streaming(named(models.GetEventStreamingRequest))).data.status


def settled(service, expected):
    """Asks until a stream has reached a state."""
    for _ in range(100):
        if status(service) == expected:
            return
        time.sleep(0.02)
    raise AssertionError(f"{expected} expected: {status(service)}")


def create(service):
    request = models.CreateEventStreamingRequest().from_map(
        definition(Description="from the SDK", Tags=[{"Key": "team", "Value": "sales"}])
    )
    arn = good(service.create_event_streaming(request)).data.event_streaming_arn
    assert arn.endswith(f":eventstreaming/{NAME}"), arn
    refused("EventStreamingAlreadyExisted", 409, service.create_event_streaming, request)
    bad = models.CreateEventStreamingRequest().from_map(definition("-bad"))
    refused("EventStreamingNameInvalid", 409, service.create_event_streaming, bad)


def get(service):
    response = service.get_event_streaming(named(models.GetEventStreamingRequest))
    data = good(response).data
    assert (data.event_streaming_name, data.status) == (NAME, "READY")
    assert data.filter_pattern == definition()["FilterPattern"]
    parameters = data.source.source_my_sqlparameters
    assert (parameters.port, parameters.password) == (3306, None)
    assert data.sink.sink_mnsparameters.body.template == "Grüße, ${id}!"
    assert data.run_options.maximum_tasks == 2
    assert data.detailed_status.tps == 0
    refused(
        "EventStreamingNotExisted",
        404,
        service.get_event_streaming,
        named(models.GetEventStreamingRequest, "nobody"),
    )


def list_pages(service):
    for number in range(3):
        request = models.CreateEventStreamingRequest().from_map(definition(f"more-{number}"))
        good(service.create_event_streaming(request))
    names, token = [], None
    while token != "":
        request = models.ListEventStreamingsRequest(
            limit=2, next_token=token, name_prefix="more-"
        )
        data = good(service.list_event_streamings(request)).data
        assert data.total == 3
        names += [stream.event_streaming_name for stream in data.event_streamings]
        token = data.next_token
    assert names == ["more-0", "more-1", "more-2"], names
    everything = good(service.list_event_streamings(models.ListEventStreamingsRequest())).data
    assert everything.total == 4
    tags = [{"Key": "team", "Value": "sales"}]
    request = models.ListEventStreamingsRequest().from_map({"Tags": tags})
    assert good(service.list_event_streamings(request)).data.total == 1
    arn = "acs:mns:cn-hangzhou:1:/queues/"
    for queue, total in [("MyQueue", 4), ("Other", 0)]:
        request = models.ListEventStreamingsRequest(sink_arn=arn + queue)
        assert good(service.list_event_streamings(request)).data.total == total
    refused(
        "LimitSizeInvalid",
        409,
        service.list_event_streamings,
        models.ListEventStreamingsRequest(limit=101),
    )


def start_and_pause(service):
    good(service.start_event_streaming(named(models.StartEventStreamingRequest)))
    settled(service, "RUNNING")
    refused(
        "EventStreamingStatusInvalid",
        409,
        service.start_event_streaming,
        named(models.StartEventStreamingRequest),
    )
    good(service.pause_event_streaming(named(models.PauseEventStreamingRequest)))
    settled(service, "PAUSED")


def update(service):
    request = models.UpdateEventStreamingRequest().from_map(
        definition(Description="changed", FilterPattern="{}")
    )
    good(service.update_event_streaming(request))
    data = good(service.get_event_streaming(named(models.GetEventStreamingRequest))).data
    assert (data.description, data.filter_pattern, data.status) == ("changed", "{}", "PAUSED")


def business_option(service):
    request = named(
        models.UpdateEventStreamingBusinessOptionRequest,
        BusinessMode="CapacityUnitMode",
        MinCapacityUnitCount=1,
        MaxCapacityUnitCount=8,
    )
    assert good(service.update_event_streaming_business_option(request)).data is True
    data = good(service.get_event_streaming(named(models.GetEventStreamingRequest))).data
    assert data.run_options.business_option.max_capacity_unit_count == 8
    request.min_capacity_unit_count = 9
    refused("InvalidParameter", 400, service.update_event_streaming_business_option, request)


def other_sources(service):
    """The other sources of the guides, with every field, as the SDK's own models write them."""
    network = {
        "NetworkType": "PrivateNetwork",
        "VpcId": "vpc-abc123",
        "VSwitchIds": "vsw-def456,vsw-ghi789",
        "SecurityGroupId": "sg-789xyz",
    }
    postgres = {
        "RegionId": "cn-hangzhou",
        "HostName": "pg.example.com",
        "Port": 5432,
        "User": "cdc_user",
        "Password": PASSWORD,
        "DatabaseName": "inventory",
        "SchemaName": "public",
        "TableNames": "products,orders",
        "SnapshotMode": "initial",
        **network,
    }
    rabbitmq = {
        "InstanceType": "Standard",
        "InstanceId": "gtm-cn-k2c2yfg",
        "Endpoint": "amqp://your-endpoint",
        "VirtualHostName": "eb-connect",
        "OrderConsume": "true",
        "BodyDataType": "JSON",
        "PrefetchCount": "100",
        "Username": "admin",
        "Password": PASSWORD,
        **network,
    }
    for kind, parameters in [
        ("SourcePostgreSQLParameters", postgres),
        ("SourceRabbitMQMsgSyncParameters", rabbitmq),
    ]:
        request = models.CreateEventStreamingRequest().from_map(
            definition("other", Source={kind: parameters})
        )
        good(service.create_event_streaming(request))
        response = service.get_event_streaming(named(models.GetEventStreamingRequest, "other"))
        kept = good(response).data.to_map()["Source"][kind]
        del parameters["Password"]
        assert kept == parameters, kept
        good(service.delete_event_streaming(named(models.DeleteEventStreamingRequest, "other")))


def restart(service):
    """An update of a stream that runs restarts it; it is deleted in whatever state."""
    good(service.start_event_streaming(named(models.StartEventStreamingRequest)))
    settled(service, "RUNNING")
    request = models.UpdateEventStreamingRequest().from_map(definition(Description="again"))
    good(service.update_event_streaming(request))
    settled(service, "RUNNING")


def look_at_the_source(service):
    parameters = source()["SourceMySQLParameters"]
    del parameters["IncludeSchemaChanges"]
    request = models.TestEventSourceConfigRequest().from_map(
        {"SourceMySQLParameters": parameters}
    )
    [check] = good(service.test_event_source_config(request)).data
    assert (check.check_item, check.is_succeed) == ("CHECK_CONNECTION", "true")
    parameters["TableName"] = parameters.pop("TableNames").split(",")[0]
    request = models.DiscoverEventSourceRequest().from_map({"SourceMySQLParameters": parameters})
    found = good(service.discover_event_source(request)).data.source_my_sqldiscovery
    assert found.table_schema.table_name == "sales_db.customers"
    assert found.table_schema.columns[0].is_null == "NO"


def delete(service):
    for name in [NAME, "more-0", "more-1", "more-2"]:
        request = named(models.DeleteEventStreamingRequest, name, Force=True)
        good(service.delete_event_streaming(request))
    refused(
        "EventStreamingNotExisted",
        404,
        service.delete_event_streaming,
        named(models.DeleteEventStreamingRequest),
    )
    assert good(service.list_event_streamings(models.ListEventStreamingsRequest())).data.total == 0


def wrong_secret(url):
    refused(
        "SignatureDoesNotMatch",
        400,
        client(url, "another").get_event_streaming,
        named(models.GetEventStreamingRequest),
    )


def main(url):
    service = client(url)
    for step in [
        create,
        get,
        list_pages,
        start_and_pause,
        update,
        business_option,
        other_sources,
        restart,
        look_at_the_source,
        delete,
    ]:
        step(service)
        print(step.__name__, flush=True)
    wrong_secret(url)
    print("wrong_secret", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
