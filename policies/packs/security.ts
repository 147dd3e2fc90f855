import { servePack } from "../adapter";

servePack("security");
